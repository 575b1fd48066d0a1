# A disk and a clock that misbehave under a server that is at work: syncs of the journal, of
# state and of history that fail and work again, a journal that is slow, a clock that jumps
# back and ahead, clients that vanish without a word. Whatever was answered 200 is stored,
# once; clients are told 503 and come again where nothing could be written, and notice
# nothing of the rest; what was decided is what a replay says. SECONDS_EACH=20 for longer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
each=${SECONDS_EACH:-2}
here=$(dirname "$0")
faults_built
faults() { # FAILING [SLOW_MS [CLOCK_SECONDS [SLOW_HISTORY_MS]]]
  python3 - "$USHER_FAULTS" "$1" "${2:-0}" "${3:-0}" "${4:-0}" <<'PY'
import os, struct, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.pwrite(fd, struct.pack("=qqqq", int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) * 1000000, int(sys.argv[5])), 0)
PY
}
cleanup() {
  rm -f "$work/base" # the client ends
  [ "$server" -eq 0 ] || kill -KILL "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
until_metric() { # NAME TEST VALUE: waits for it
  local i got
  for i in $(seq 1 600); do
    got=$(metric "$1")
    [ -n "$got" ] && [ "$got" "$2" "$3" ] && return 0
    sleep 0.05
  done
  fail "$1 is $got, not $2 $3"
}
acked() { wc -l <"$work/acked"; }
goes_on() { # WHAT: clients are answered 200
  local before i
  before=$(acked)
  for i in $(seq 1 200); do
    [ "$(acked)" -gt $((before + 20)) ] && return 0
    sleep 0.05
  done
  fail "nothing is taken $1: $(cat "$server_log")"
}

mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
qualify:
  team: {kind: pqa, must: ['count("E0", 400d) >= 4', 'users(400d) >= 3']}
  busy: {kind: pqa, must: ['sum("E1".n, 400d) >= 60']}
  some: {kind: pqa, must: ['days(400d) >= 1']}
YML
# State cannot be written at first: what comes before it can is as live as what comes later.
faults 2
touch "$work/acked"
export LD_PRELOAD=$work/faults.so
server_start "$work/space"
unset LD_PRELOAD
until_metric usher_evaluator_failures_total -gt 0
answer -u wk_web: "$base/v1/t" -d '{"event":"E0","userId":"early1","context":{"groupId":"early"},"messageId":"early"}' | grep -q ^200 || fail "nothing is taken without state"
faults 0
printf '%s' "$base" >"$work/base"
PAUSE=0.05 python3 "$here/load_client.py" "$work/base" "$work/acked" 4 >"$work/counts" &
client=$!
goes_on "at first"

# The journal cannot be synced.
faults 1
until_metric usher_journal_failed_total -gt 0
before=-1 # what was answered before that may still be written down
until [ "$(acked)" -eq "$before" ]; do
  before=$(acked)
  sleep 0.5
done
answer -u wk_web: "$base/v1/t" -d '{"event":"Failed","userId":"u1","messageId":"failed"}' >"$work/told"
grep -q '^503 ' "$work/told" || fail "a sync that fails is answered $(cat "$work/told")"
answer "$base/readyz" | grep -q '^503 .*"what":"journal"' || fail "it is ready: $(cat "$work/answer")"
same 'it is alive' '200 {"status":"alive"}' "$(answer "$base/healthz")"
sleep "$each"
same 'nothing is acknowledged meanwhile' "$before" "$(acked)"
faults 0
goes_on "after syncs that failed"
answer "$base/readyz" | grep -q '^200 ' || fail "it is not ready again: $(cat "$work/answer")"

# State cannot be: clients notice nothing, decisions wait and are made.
failures=$(metric usher_evaluator_failures_total)
faults 2
until_metric usher_evaluator_failures_total -gt "$failures"
goes_on "while state cannot be written"
told=$(metric usher_transitions_total)
faults 0
answer -u wk_web: "$base/v1/t" -d '{"event":"E0","userId":"u1","context":{"groupId":"after"},"messageId":"after"}' >/dev/null
until_metric usher_transitions_total -gt "$told"

# History cannot be: likewise.
failures=$(metric usher_history_failures_total)
faults 4
until_metric usher_history_failures_total -gt "$failures"
goes_on "while history cannot be written"
faults 0
loaded=$(metric usher_history_rows_total)
until_metric usher_history_rows_total -gt "$loaded"

# The journal is slow: everybody is answered, many by one sync.
faults 0 150
before=$(metric usher_journal_groups_total)
goes_on "by a slow disk"
sleep "$each"
groups=$(($(metric usher_journal_groups_total) - before))
[ "$groups" -gt 0 ] && [ "$groups" -le $((each * 10 + 100)) ] || fail "$groups groups by a disk that takes 150 ms for each"
faults 0

# The clock goes back an hour, then two days ahead, then right again.
for off in -3600 172800 0; do
  faults 0 0 "$off"
  goes_on "by a clock that is $off seconds off"
  sleep "$each"
done
for i in 1 2 3 4; do
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"userId\":\"c$i\",\"context\":{\"groupId\":\"clock\"},\"messageId\":\"clock$i\"}" | grep -q ^200 || fail "the clock stopped it"
done

# Clients whose machine is gone: no word of an end ever comes (a socket in repair is closed
# without one). Others are served, and a request that was whole is done.
python3 - "${base##*:}" <<'PY' || fail "half-open connections"
import http.client, socket, sys
TCP_REPAIR = 19
port = int(sys.argv[1])
gone = 0
for k in range(100):
    s = socket.create_connection(("127.0.0.1", port))
    body = b'{"event":"Gone","userId":"u1","messageId":"gone%d"}' % k
    head = b"POST /v1/t HTTP/1.1\r\nHost: x\r\nAuthorization: Basic d2tfd2ViOg==\r\nContent-Length: %d\r\n\r\n" % len(body)
    s.sendall(head + (body if k % 2 else body[:10]))
    try:
        s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except PermissionError:
        pass  # it says that it goes
    else:
        gone += 1
    s.close()
for k in range(20):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request("GET", "/healthz")
    if link.getresponse().status != 200:
        sys.exit("others are not served")
print(f"{gone} clients vanished")
PY
goes_on "beside clients that vanished"

rm "$work/base"
wait "$client" || fail "the client was told something else than 200, 429 or 503"
until_metric usher_history_lag_lines -eq 0

# History that is slow is not waited for: who asks is answered with what is there, and told
# what is not. The first event is in a commit that does not end, the second comes after it.
late() { answer -u wk_web: "$base/v1/t" -d '{"event":"Late","userId":"late1","context":{"groupId":"late"},"messageId":"'"$1"'"}' | grep -q ^200 || fail "$1 is not taken"; printf '%s\n' "$1" >>"$work/acked"; }
lags_for() { # SECONDS: until history has been behind for so long
  local i got
  for i in $(seq 1 600); do
    got=$(metric usher_history_lag_seconds)
    [ "${got%%.*}" -ge "$1" ] && return 0
    sleep 0.05
  done
  fail "history is $got s behind, not $1"
}
faults 0 0 0 12000
late late1
lags_for 3 # a commit begins after one
for n in 2 3 4; do late "late$n"; done
curl -s "$base/api/v1/queue" >"$work/queue.json" &
asked=$!
"$usher" -C "$work/space" query --json "SELECT 1 AS one" >"$work/query.json" 2>"$work/query.err" &
queried=$!
lags_for 8 # they have waited as long as they may
curl -s "$base/metrics" | grep -E '^usher_(history|decisions)_lag' | tr '\n' ' '
faults 0
wait "$asked" "$queried"
curl -s "$base/api/v1/status" >"$work/status.json"
grep -qE '^\{"behind":\{"events":[1-4],"seconds":[0-9]+\}\}$' "$work/query.json" || fail "the query does not say what it lacks: $(cat "$work/query.json")"
grep -q 'acknowledged' "$work/query.err" || fail "nor to people: $(cat "$work/query.err")"
python3 - "$work/queue.json" "$work/status.json" <<'PY' || fail "the API does not say what is missing"
import json, sys
queue, status = (json.load(open(path)) for path in sys.argv[1:])
lag = status["server"]
print("behind:", queue.get("behind"), status.get("behind"), lag)
sys.exit(not (queue["behind"]["events"] in range(1, 5) and set(lag) == {"history", "decisions"}))
PY
until_metric usher_history_lag_lines -eq 0
until_metric usher_decisions_lag_lines -eq 0
same 'and then all is there' '4' "$("$usher" -C "$work/space" query --csv "SELECT count(*) FROM events_now WHERE event = 'Late'" | tail -n 1 | tr -d '\r')"
"$usher" -C "$work/space" status --json | grep -q '"server":{"history":{"events":0,"seconds":0},"decisions":{"events":0,' || fail "status does not say that all is there"
server_stop
for word in server.said_journal_failed server.said_journal_again server.said_history_failed server.said_history_again; do
  grep -q "$word" "$server_log" || fail "the log does not say $word"
done
sort -u "$work/acked" >"$work/acked.sorted"
same 'acknowledged once' "$(acked)" "$(wc -l <"$work/acked.sorted")"
journal_text "$work/space" >"$work/lines"
python3 "$here/stored.py" "$work/lines" "$work/acked.sorted" || fail "the journal is not what was acknowledged"
python3 - "$work/lines" <<'PY' || fail "known does not rise with seq"
import datetime, json, sys
lines = [json.loads(x)["us"] for x in open(sys.argv[1]) if '"m":' in x]
known = [datetime.datetime.fromisoformat(us["known"]) for us in sorted(lines, key=lambda us: us["seq"])]
sys.exit(any(a >= b for a, b in zip(known, known[1:])))
PY
same 'events in history' "$(grep '"m":' "$work/lines" | grep -cE '"type":"track"|"event":')" "$(cell "$work/space" 'SELECT count(*) FROM events')"
# Some of it was decided two days ahead of now.
USHER_NOW=$(date -u -d '+3 days' +%FT%TZ) "$usher" -C "$work/space" firings --json >"$work/replayed"
python3 "$here/told.py" "$work/space/data/state.sqlite" "$work/replayed" 3 20 some early "" || fail "what was decided is not what a replay says"
cat "$work/counts"
