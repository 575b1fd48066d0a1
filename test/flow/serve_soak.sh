# A server under everything at once for a while: every dialect, bad messages and broken
# bodies, gzip, people who get names and join, listeners that come and go, reads of the API,
# the configuration read anew, good and bad. Memory, files and threads stay what they were
# once it was warm, nothing is lost, and what was decided is what a replay says.
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
server_start "$work/space"
python3 "$here/soak_client.py" "$base" "$work/acked" "$seconds" "$server" "$work/samples" >"$work/counts" 2>"$work/why" &
client=$!
cp "$work/space/usher.yml" "$work/good.yml"
# What it defines is the same, so that a replay says what was decided; yet all of history is
# loaded for it beside the other.
sed 's/^signals:$/signals:\n  others: count("E5", 7d)/' "$work/good.yml" >"$work/other.yml"
grep -q others "$work/other.yml"
# Each good one has all of history read again, of which there is more and more.
pause=$((3 + seconds / 180))
for turn in $(seq 1 $((seconds / (pause + 1)))); do
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
for word in '"server.said_config"' '"server.said_config_refused"'; do
  for _ in $(seq 1 600); do
    grep -q "$word" "$server_log" && break
    sleep 0.1
  done
  grep -q "$word" "$server_log" || { cat "$server_log"; fail "the log does not say $word"; }
done
for _ in $(seq 1 1200); do
  [ "$(metric usher_history_lag_lines)" = 0 ] && break
  sleep 0.1
done
server_stop
cat "$work/counts"

sort -u "$work/acked" >"$work/acked.sorted"
same 'acknowledged once' "$(wc -l <"$work/acked")" "$(wc -l <"$work/acked.sorted")"
journal_text "$work/space" >"$work/lines"
python3 "$here/stored.py" "$work/lines" "$work/acked.sorted" || fail "the journal is not what was acknowledged"
"$usher" -C "$work/space" firings --json >"$work/replayed"
python3 "$here/told.py" "$work/space/data/state.sqlite" "$work/replayed" 4 20 || fail "what was decided is not what a replay says"
before=$(print_of "$work/space")
"$usher" -C "$work/space" rebuild >/dev/null
same 'history is what the journal makes of itself' "$(print_of "$work/space")" "$before"

# Once warm: the second half against the second quarter, without what grows by right: ids
# are remembered for a day, the database keeps what it read up to its limit, and the
# evaluator has all accounts. The most hangs on which questions came together, so it has more
# room than what is there half of the time. Under ThreadSanitizer memory is not judged: it has several bytes of its own for each
# that was ever touched.
judged=1
[ -z "${TSAN_OPTIONS:-}" ] || judged=0
python3 - "$work/samples" "$judged" <<'PY' || fail "it grows"
import statistics, sys
rows = [list(map(int, x.split())) for x in open(sys.argv[1])]
for row in rows:
    row.append(row[0] - sum(row[3:6]))
n = len(rows)
early, late = rows[n // 4:n // 2], rows[n // 2:]
most = lambda part, k: max(row[k] for row in part)
half = lambda part, k: statistics.median(row[k] for row in part)
print(f"memory {most(early, 0) >> 20} then {most(late, 0) >> 20} MB, of ids {most(early, 3) >> 20} then {most(late, 3) >> 20}, "
      f"of the database {most(early, 4) >> 20} then {most(late, 4) >> 20}, of the evaluator {most(early, 5) >> 20} then {most(late, 5) >> 20}, "
      f"of the rest half of the time {half(early, 6) / 2**20:.0f} then {half(late, 6) / 2**20:.0f}, "
      f"at most {most(early, 6) >> 20} then {most(late, 6) >> 20}; files {most(early, 1)} then {most(late, 1)}, threads {most(early, 2)} then {most(late, 2)}; {n} samples")
if sys.argv[2] == "1" and half(late, 6) > 1.1 * half(early, 6) + (16 << 20):
    sys.exit("memory")
if sys.argv[2] == "1" and most(late, 6) > 1.25 * most(early, 6) + (64 << 20):
    sys.exit("memory at its most")
# Sixteen connections come and go, each with its file; so do DuckDB's.
if most(late, 1) > most(early, 1) + 16:
    sys.exit("files")
if most(late, 2) > most(early, 2) + 4:
    sys.exit("threads")
PY
