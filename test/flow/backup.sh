# A backup holds the facts and nothing that cannot be made again; damage is noticed and
# named; nothing is written over; killed, there is no backup, and the next try makes one;
# made while an import runs, it holds whole groups.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 60000 --seed 9 >/dev/null
space="$work/space"
workspace "$space"
mkdir -p "$space/more"
printf 'include: [more/a.yml]\n' >>"$space/usher.yml"
printf 'include: [../b.yml]\nuser_signals: {busy: days(14d)}\n' >"$space/more/a.yml"
cat >"$space/b.yml" <<'YML'
outcomes: {paid: {payment: first}}
sources:
  billing: {kind: stripe, secret: whsec_a, customers: more/who.csv}
  lab: {kind: stripe, secret: whsec_b, customers: ./more/who.csv, mode: test}
YML
printf 'customer,account\ncus_1,acme\n' >"$space/more/who.csv"
split -n l/2 "$work/sim/events.ndjson" "$work/half."
"$usher" -C "$space" import "$work/half.aa" "$work/sim/payments.csv" >/dev/null
wanted=$(print_of "$space")

refused() { # WHAT PATTERN COMMAND...
  local what=$1 pattern=$2
  shift 2
  if "$@" >"$work/out" 2>&1; then fail "$what: went well"; fi
  grep -q -- "$pattern" "$work/out" || { cat "$work/out"; fail "$what: no $pattern in what it says"; }
}

"$usher" -C "$space" backup "$work/one" >"$work/out"
grep -q 'history is not' "$work/out" || fail "does not say that history is left out"
[ ! -e "$work/one.part" ] || fail "the folder it grew in is left"
[ ! -e "$work/one/data/history.duckdb" ] || fail "history is in the backup"
for file in usher.yml more/a.yml b.yml more/who.csv; do
  cmp "$space/$file" "$work/one/$file" || fail "$file is not in the backup"
done
"$usher" backup --verify "$work/one" >/dev/null
"$usher" restore "$work/one" "$work/back" >"$work/out"
same "restored elsewhere" "$wanted" "$(print_of "$work/back")"
cmp "$space/more/a.yml" "$work/back/more/a.yml" || fail "an included file is not back"
[ ! -e "$work/back/data/restore.part" ] || fail "the folder a restore grew in is left"

# It lives on: what comes later goes in, and what was there is known.
"$usher" -C "$work/back" import "$work/half.aa" "$work/half.ab" >/dev/null
"$usher" -C "$space" import "$work/half.ab" >/dev/null
same "goes on as the original" "$(print_of "$space")" "$(print_of "$work/back")"

"$usher" -C "$space" backup --with-history "$work/two/" >/dev/null
[ -s "$work/two/data/history.duckdb" ] || fail "history is not in the backup"
mkdir -p "$work/back2"
ln -s "$space/usher.yml" "$work/back2/usher.yml" # as the package has it
"$usher" -C "$work/back2" restore "$work/two" >/dev/null
same "with history, beside the same usher.yml" "$(print_of "$space")" "$(print_of "$work/back2")"
[ -L "$work/back2/usher.yml" ] || fail "usher.yml is no link any more"

# Decisions are in it, those too that are still in the log beside their file.
state() { # FILE WHAT...
  python3 - "$(dirname "$0")/../../src/state" "$@" <<'PY'
import os, pathlib, sqlite3, sys
formats, path, what = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
db = sqlite3.connect(path, isolation_level=None)
if what == "new":
    db.execute("PRAGMA journal_mode = WAL")
    made = sorted(formats.glob("format_*.sql"))
    for sql in made:
        db.executescript(sql.read_text())
    db.execute(f"PRAGMA user_version = {len(made)}")
    db.execute(f"PRAGMA application_id = {0x75736872}")
if what in ("new", "add"):
    db.execute("INSERT INTO audit (at, who, what, about, details) VALUES (1, ?, '', '', '')", [what])
    os._exit(0)  # what it wrote stays in the log
print(" ".join(who for who, in db.execute("SELECT who FROM audit ORDER BY id")))
PY
}
cp -r "$space" "$work/decided"
state "$work/decided/data/state.sqlite" new
state "$work/decided/data/state.sqlite" add
mkdir -p "$work/undecided/data"
cp "$work/decided/data/state.sqlite-wal" "$work/undecided/data/" # of a file that was lost
"$usher" -C "$work/decided" backup "$work/five" >/dev/null
[ ! -e "$work/five/data/state.sqlite-wal" ] || fail "a log is in the backup"
"$usher" restore "$work/five" "$work/undecided" >/dev/null
same "decisions are back" "new add" "$(state "$work/undecided/data/state.sqlite" list)"
rm -r "$work/undecided/data/journal" "$work/undecided/data/history.duckdb"
"$usher" restore "$work/five" "$work/undecided" >/dev/null || fail "a restore killed after its decisions cannot be tried again"
rm -r "$work/undecided/data/journal" "$work/undecided/data/history.duckdb"
state "$work/undecided/data/state.sqlite" add
refused "other decisions in the way" "state.sqlite is there" "$usher" restore "$work/five" "$work/undecided"
refused "decisions where the backup has none" "state.sqlite is there" "$usher" restore "$work/one" "$work/undecided"

# Nothing is written over.
refused "a backup in the way" "$work/one is there" "$usher" -C "$space" backup "$work/one"
refused "a workspace in the way" "$work/back/data/journal is there" "$usher" restore "$work/one" "$work/back"
mkdir -p "$work/other" "$work/three.part"
echo 'account: {unit: company}' >"$work/other/usher.yml"
refused "another usher.yml" "$work/other/usher.yml is there" "$usher" restore "$work/one" "$work/other"
[ ! -e "$work/other/data/journal" ] || fail "a refused restore wrote a journal"
touch "$work/three.part/mine"
refused "a folder of somebody's" "three.part is there" "$usher" -C "$space" backup "$work/three"
[ -e "$work/three.part/mine" ] || fail "it removed somebody's file"
refused "no backup" "is no backup" "$usher" restore "$work/sim" "$work/none"
workspace "$work/empty"
refused "nothing to back up" "no journal" "$usher" -C "$work/empty" backup "$work/empty-backup"

# Damage is noticed and named, and damaged things are not put back.
damage() { # FILE OFFSET
  python3 - "$1" "$2" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    b = f.read(1)
    f.seek(int(sys.argv[2]))
    f.write(bytes([b[0] ^ 4]))
PY
}
for file in data/journal/00000001.ndjson.zst b.yml manifest.json; do
  rm -rf "$work/bad" "$work/none"
  cp -r "$work/one" "$work/bad"
  damage "$work/bad/$file" 20
  refused "damaged $file" "$work/bad/$file" "$usher" backup --verify "$work/bad"
  refused "damaged $file" "$work/bad/$file" "$usher" restore "$work/bad" "$work/none"
  [ ! -e "$work/none/data/journal" ] || fail "a damaged backup was put back"
done
rm -rf "$work/bad"
cp -r "$work/one" "$work/bad"
rm "$work/bad/b.yml" "$work/bad/data/journal/00000001.ids"
refused "missing files" "1 more file" "$usher" backup --verify "$work/bad"
"$usher" restore "$work/one" "$work/none" >/dev/null
same "the place of a refused restore can be used" "$wanted" "$(print_of "$work/none")"

# A journal that is damaged itself makes no backup; the place is named.
cp -r "$space" "$work/ill"
damage "$work/ill/data/journal/00000001.ndjson.zst" 5000
refused "a damaged journal" "$work/ill/data/journal/00000001.ndjson.zst" "$usher" -C "$work/ill" backup "$work/four"
[ ! -e "$work/four" ] && [ ! -e "$work/four.part" ] || fail "a failed backup left something"

# kill -9 at any instant.
killed=0
for round in $(seq "${KILLS:-20}"); do
  rm -rf "$work/k" "$work/kb"
  "$usher" -C "$space" backup "$work/k" >/dev/null 2>&1 &
  pid=$!
  sleep "0.$(printf '%03d' $(((round * 7) % 60 + 1)))"
  if kill -9 "$pid" 2>/dev/null && [ ! -e "$work/k" ]; then killed=$((killed + 1)); fi
  wait "$pid" 2>/dev/null || true
  if [ -e "$work/k" ]; then "$usher" backup --verify "$work/k" >/dev/null || fail "half a backup has a name"; fi
  [ -e "$work/k" ] || "$usher" -C "$space" backup "$work/k" >/dev/null
  [ ! -e "$work/k.part" ] || fail "the rest of a killed backup is left"
  "$usher" restore "$work/k" "$work/kb" >/dev/null 2>&1 &
  pid=$!
  sleep "0.$(printf '%03d' $(((round * 11) % 200 + 1)))"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  if [ ! -e "$work/kb/data/journal" ]; then "$usher" restore "$work/k" "$work/kb" >/dev/null; fi
  same "round $round: after a killed restore" "$(print_of "$space")" "$(print_of "$work/kb")"
done
[ "$killed" -gt 0 ] || fail "no kill of a backup came in time"

# While an import runs: the groups that are whole, and the rest can be imported after.
workspace "$work/busy"
mkfifo "$work/pipe"
"$usher" -C "$work/busy" import - <"$work/pipe" >/dev/null &
pid=$!
exec 9>"$work/pipe"
cat "$work/sim/events.ndjson" >&9
size=0 before=-1
for _ in $(seq 200); do # until the first group is written, and no more comes
  [ "$size" -eq 0 ] || [ "$size" -ne "$before" ] || break
  before=$size
  sleep 0.2
  size=$(stat -c %s "$work/busy/data/journal/00000001.ndjson.zst" 2>/dev/null || echo 0)
done
"$usher" -C "$work/busy" backup "$work/live" >/dev/null
kill -0 "$pid" || fail "the import was over before the backup"
refused "history of a running import" "by another usher" "$usher" -C "$work/busy" backup --with-history "$work/live2"
[ ! -e "$work/live2.part" ] || fail "a refused backup left something"
exec 9>&-
wait "$pid"
"$usher" backup --verify "$work/live" >/dev/null
"$usher" restore "$work/live" "$work/lb" >/dev/null
part=$(cell "$work/lb" "SELECT count(*) FROM events")
all=$(cell "$work/busy" "SELECT count(*) FROM events")
[ "$part" -gt 0 ] && [ "$part" -lt "$all" ] || fail "a backup of a running import has $part of $all events"
"$usher" -C "$work/lb" import "$work/sim/events.ndjson" >/dev/null
same "a backup of a running import, completed" "$(print_of "$work/busy")" "$(print_of "$work/lb")"
echo "$killed kills that hit"
