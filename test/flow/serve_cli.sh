# Commands that ask, while a server holds history: the same bytes and the same exit status
# as without it, wherever they are typed; and the server outlives those who go away.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space" "$work/elsewhere"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}, crm: {kind: records, key: crm_secret}}
outcomes: {paid: {payment: first}}
signals:
  invites: count("Invite Sent", 14d)
  exports: count("Export Made", 28d)
user_signals: {exported: 'count("Export Made", 7d)'}
qualify:
  team: {aim: paid, must: ['invites >= 2']}
  busy: {aim: paid, must: ['exports >= 3']}
YML
python3 - >"$work/events.ndjson" <<'PY'
import json, random
random.seed(5)
for n in range(6000):
    day, account = random.randrange(120), random.randrange(60)
    print(json.dumps({"type": "track", "event": random.choice(["Invite Sent", "Export Made", "Page Seen"]),
        "userId": "u%d" % (account * 5 + random.randrange(5)), "messageId": "m%d" % n,
        "timestamp": "2026-%02d-%02dT%02d:00:00Z" % (1 + day // 28, 1 + day % 28, random.randrange(24)),
        "context": {"groupId": "a%d" % account}}))
PY
export USHER_NOW=2026-06-01T00:00:00Z
"$usher" -C "$space" import "$work/events.ndjson" >/dev/null
cp "$space/usher.yml" "$work/elsewhere/other.yml"
sed -i 's/invites >= 2/invites >= 3/' "$work/elsewhere/other.yml"

calls() { # FOLDER: what is asked, each into a file of its own
  local to=$1 n=0 status line
  mkdir "$to"
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    n=$((n + 1))
    status=0
    (cd "$work/elsewhere" && eval "\"$usher\" -C ../space $line") >"$to/$n.out" 2>"$to/$n.err" </dev/null || status=$?
    printf '%s\n%s\n' "$line" "$status" >"$to/$n.status"
  done <<'CALLS'
queue
queue --json
queue --csv team
queue --lang zh
queue --color always
queue nothing
queue --at soon
explain a1
explain a1 team --at 2026-03-01 --json
explain nobody
values
values --user --json
values --table --account a1
values --expr 'count("Invite Sent", 3d)' --json
values --expr 'count('
status --json
status --csv
firings
firings --json
trace a1
trace a1 --json
trace nobody
backtest
backtest --json
backtest --html page.html && cat page.html
backtest team --json
diff other.yml
diff other.yml --json
discover
discover --json
ceiling --json
review --json
assess --json
fit --json
sql team
query 'SELECT event, count(*) AS n FROM events_now GROUP BY 1 ORDER BY 1'
query --csv 'SELECT count(*) AS n FROM events_now JOIN seen_accounts USING (account)'
query 'SELECT nothing'
check
CALLS
}

calls "$work/alone"
server_start "$space"
for _ in $(seq 100); do [ "$(metric usher_history_open)" = 1 ] && break; sleep 0.1; done
calls "$work/beside"
# What a server adds to status, how far it is, is of nobody else.
grep -q ',"server":{"history":{"events":[0-9]*,"seconds":[0-9]*},"decisions":{[^}]*}}}$' "$work"/beside/*.out || fail "status does not say how far the server is"
sed -i 's/,"server":{"history":{[^}]*},"decisions":{[^}]*}}}$/}/' "$work"/beside/*.out
for file in "$work"/alone/*; do
  name=${file##*/}
  cmp -s "$file" "$work/beside/$name" || {
    diff "$file" "$work/beside/$name" | head -n 10
    fail "with a server another answer to: $(head -n 1 "$work/alone/${name%.*}.status") ($name)"
  }
done
[ "$(ls "$work"/alone/*.out | wc -l)" -ge 38 ] || fail "not all was asked"
same 'who may connect' 600 "$(stat -c %a "$space/data/usher.sock")"

# ---- who goes away is no burden, many ask at once, and what is new is in the answer
"$usher" -C "$space" values --json --user | head -n 1 >/dev/null
timeout 0.2 "$usher" -C "$space" backtest --json >/dev/null 2>&1 || true
pids=()
for n in 1 2 3 4 5 6; do
  "$usher" -C "$space" queue --json >"$work/at_once.$n" &
  pids+=($!)
done
wait "${pids[@]}" || fail "one of many was refused"
for n in 2 3 4 5 6; do cmp "$work/at_once.1" "$work/at_once.$n" || fail "one of many differs"; done
answer -u wk_web: "$base/v1/t" -d '{"event":"Fresh","userId":"u1","messageId":"f1"}' >/dev/null
same 'what is new' 1 "$(cell "$space" "SELECT count(*) FROM events_now WHERE event = 'Fresh'")"
# One whose reader takes nothing holds nobody up.
"$usher" -C "$space" query --json 'SELECT * FROM events_now, range(200)' 2>/dev/null | sleep 60 &
sleeping=$!
sleep 1
from=$SECONDS
server_stop
kill "$sleeping" 2>/dev/null || true
[ $((SECONDS - from)) -lt 15 ] || fail "a command that nobody reads holds the server up"
[ ! -e "$space/data/usher.sock" ] || fail "the socket is left behind"
server_start "$space"
server_kill
same 'after a kill' 1 "$(cell "$space" "SELECT count(*) FROM events_now WHERE event = 'Fresh'")"
