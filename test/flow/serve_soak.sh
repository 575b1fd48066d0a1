# A server under everything at once for a while: every dialect, bad messages and broken
# bodies, gzip, people who get names and join, listeners that come and go, reads of the API,
# the configuration read anew, good and bad. Nothing is lost, what was decided is what a
# replay says, and memory, files and threads are those of a server that begins anew with
# the same data and is used alike for a sixth of the time.
# SOAK_SECONDS=3600 for an hour.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(dirname "$0")
seconds=${SOAK_SECONDS:-20}
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
signals:
  starts: count("E0", 7d)
qualify:
  team: {kind: pqa, must: ['count("E0", 400d) >= 4', 'users(400d) >= 3']}
  busy: {kind: pqa, must: ['sum("E1".n, 400d) >= 150']}
  rich: {kind: pqa, who: account.plan == "pro", must: ['days(400d) >= 1']}
  buyer: {kind: pql, within: team, must: ['count("E2", 400d) >= 1']}
YML
cp "$work/space/usher.yml" "$work/good.yml"
# What it defines is the same, so that a replay says what was decided; yet all of history is
# loaded for it beside the other.
sed 's/^signals:$/signals:\n  others: count("E5", 7d)/' "$work/good.yml" >"$work/other.yml"
grep -q others "$work/other.yml"
# Each good one has all of history read again, of which there is more and more.
pause=$((3 + seconds / 180))

used() { # SECONDS SAMPLES FROM
  local client turn
  server_start "$work/space"
  python3 "$here/soak_client.py" "$base" "$work/acked" "$1" "$server" "$2" "$3" >"$work/counts" 2>"$work/why" &
  client=$!
  for turn in $(seq 1 $(($1 / (pause + 1)))); do
    sleep "$pause"
    kill -0 "$client" 2>/dev/null || break
    kill -0 "$server" 2>/dev/null || { cat "$server_log"; fail "the server is gone"; }
    if [ $((turn % 2)) -eq 1 ]; then
      echo 'qualify: [' >>"$work/space/usher.yml"
    else
      case $((turn % 4)) in 0) cp "$work/good.yml" "$work/space/usher.yml" ;; *) cp "$work/other.yml" "$work/space/usher.yml" ;; esac
    fi
    kill -HUP "$server"
  done
  wait "$client" || fail "$(cat "$work/why")"
  cp "$work/good.yml" "$work/space/usher.yml"
  for _ in $(seq 1 1200); do
    [ "$(metric usher_history_lag_lines)" = 0 ] && break
    sleep 0.1
  done
  cat "$work/counts"
}

used "$seconds" "$work/samples" 0
for word in '"server.said_config"' '"server.said_config_refused"'; do
  for _ in $(seq 1 600); do
    grep -q "$word" "$server_log" && break
    sleep 0.1
  done
  grep -q "$word" "$server_log" || { cat "$server_log"; fail "the log does not say $word"; }
done
server_stop
used $((seconds / 6 > 10 ? seconds / 6 : 10)) "$work/anew" 1000
server_stop

sort -u "$work/acked" >"$work/acked.sorted"
same 'acknowledged once' "$(wc -l <"$work/acked")" "$(wc -l <"$work/acked.sorted")"
journal_text "$work/space" >"$work/lines"
python3 "$here/stored.py" "$work/lines" "$work/acked.sorted" || fail "the journal is not what was acknowledged"
"$usher" -C "$work/space" firings --json >"$work/replayed"
python3 "$here/told.py" "$work/space/data/state.sqlite" "$work/replayed" 4 20 || fail "what was decided is not what a replay says"
before=$(print_of "$work/space")
"$usher" -C "$work/space" rebuild >/dev/null
same 'history is what the journal makes of itself' "$(print_of "$work/space")" "$before"

# Memory, without what grows by right and says so: ids are remembered for a day, the
# database keeps what it read up to its limit, the evaluator has all accounts. What else
# there is hangs on what data there are, and on what was asked, as answers are made in
# memory that is kept; so it is held against a server that begins anew with the same. The
# most hangs on which questions came together, so it has more room than what is there half
# of the time. DuckDB keeps the heads of buffers that are gone until one of its eight queues
# of them is 32,768 long, which the hour fills and ten minutes do not: a head is 224 bytes,
# what points at it 24, each a block of malloc. With DuckDB alone and one small question
# 60,000 times, memory goes from 36 to 96 MB and no further. Under ThreadSanitizer memory is
# not judged: it has several bytes of its own for each that was ever touched.
judged=1
[ -z "${TSAN_OPTIONS:-}" ] || judged=0
python3 - "$work/samples" "$work/anew" "$judged" "$seconds" <<'PY' || fail "it grows"
import statistics, sys

HEADS = 8 * 32768 * (224 + 24 + 16) * min(1, int(sys.argv[4]) / 1800)


def read(name):
    rows = [list(map(int, x.split())) for x in open(name)]
    return [row + [row[0] - sum(row[3:6])] for row in rows]


def half(part, k):
    return statistics.median(row[k] for row in part)


def most(part, k):
    return max(row[k] for row in part)


long, anew = read(sys.argv[1]), read(sys.argv[2])
last, anew = long[len(long) * 3 // 4:], anew[len(anew) // 2:]
for name, part in ("a quarter of the time, the first", long[:len(long) // 4]), ("the last", last), ("anew", anew):
    print(f"{name}: memory at most {most(part, 0) >> 20} MB, of ids {most(part, 3) >> 20}, of the database {most(part, 4) >> 20}, "
          f"of the evaluator {most(part, 5) >> 20}, of the rest half of the time {half(part, 6) / 2**20:.0f}, "
          f"at most {most(part, 6) >> 20}; files {most(part, 1)}, threads {most(part, 2)}; {len(part)} samples")
if sys.argv[3] == "1" and half(last, 6) > 1.25 * half(anew, 6) + (16 << 20) + HEADS:
    sys.exit("memory")
if sys.argv[3] == "1" and most(last, 6) > 1.5 * most(anew, 6) + (64 << 20):
    sys.exit("memory at its most")
# Sixteen connections come and go, each with its file; so do DuckDB's.
if most(last, 1) > most(anew, 1) + 16:
    sys.exit("files")
if most(last, 2) > most(anew, 2) + 4:
    sys.exit("threads")
PY
