# A server killed again and again under load: what it answered 200 is stored, and nothing is
# there twice, though clients send again whatever was in doubt. KILLS=1000 for a soak.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
kills=${KILLS:-20}
workspace "$work/space"
printf 'sources:\n  web: {key: wk_web}\n' >>"$work/space/usher.yml"
server_start "$work/space"
port=${base##*:} # the same from here on, as a service has it
printf '%s' "$base" >"$work/base"
python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 6 >"$work/counts" &
client=$!
RANDOM=11
for _ in $(seq 1 "$kills"); do
  sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
  server_kill
  kill -0 "$client" || fail "the client ended by itself"
  server_start "$work/space"
done
sleep 1
rm "$work/base"
wait "$client" || fail "the client was told something else than 200, 429 or 503"
server_stop
sort -u "$work/acked" >"$work/acked.sorted"
same 'acknowledged once' "$(wc -l <"$work/acked")" "$(wc -l <"$work/acked.sorted")"
[ "$(wc -l <"$work/acked")" -gt $((kills * 20)) ] || fail "hardly anything was sent: $(cat "$work/counts")"

# The journal, by other tools than ours.
journal_text "$work/space" >"$work/lines"
python3 - "$work/lines" "$work/acked.sorted" <<'PY' || fail "the journal is not what was acknowledged"
import collections, json, sys
there = collections.Counter()
seqs = []
for line in open(sys.argv[1]):
    if not line.strip():
        continue
    line = json.loads(line)
    if "m" in line:
        there[line["m"]["messageId"]] += 1
        seqs.append(line["us"]["seq"])
acked = set(open(sys.argv[2]).read().split())
lost = [i for i in acked if not there[i]]
twice = [i for i, n in there.items() if n > 1]
if lost or twice:
    sys.exit(f"{len(lost)} lost, as {lost[:3]}; {len(twice)} twice, as {twice[:3]}")
if seqs != list(range(1, len(seqs) + 1)):
    sys.exit("seq does not go 1, 2, 3 …")
print(f"{len(acked)} acknowledged, {sum(there.values())} stored")
PY

# And history.
lines=$(grep -c '"m":' "$work/lines")
same 'events in history' "$lines" "$(cell "$work/space" 'SELECT count(*) FROM events')"
same 'each line once' "$lines" "$(cell "$work/space" 'SELECT count(DISTINCT (segment, pos)) FROM events_now')"
cat "$work/counts"
