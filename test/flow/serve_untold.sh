# What the load of a new definition found is told in one commit with the definition's being
# known. Where that cannot be made durable, whatever comes in between (another reload, somebody
# forgotten, a stop, a kill) leaves the definition as new as it was: all of it is told in the
# end, and joins its play's backlog.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # [MORE]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
qualify:
  none: {kind: pqa, must: ['count("E9", 30d) >= 1']}
${1:-}
YML
}
new='  team: {kind: pqa, must: ["count(\"E0\", 30d) >= 1"]}'
plays='plays:
  help: {on: team}'
sent=0
send() { # ACCOUNT
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"userId\":\"of $1\",\"messageId\":\"m$sent\",\"context\":{\"groupId\":\"$1\"}}" | grep -q '^200 ' || fail "no event is taken"
}
# State takes all but a transition of the definition.
refuses() { # CREATE OR DROP...
  python3 - "$space/data/state.sqlite" "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30)
db.execute("DROP TRIGGER refuses" if sys.argv[2] == "no more" else
           "CREATE TRIGGER refuses BEFORE INSERT ON transitions WHEN NEW.definition = 'team' "
           "BEGIN SELECT RAISE(ABORT, 'refused'); END")
db.commit()
PY
}
failing() {
  local from
  from=$(metric usher_evaluator_failures_total)
  for _ in $(seq 400); do
    [ "$(metric usher_evaluator_failures_total)" -le "$from" ] || return 0
    sleep 0.05
  done
  cat "$server_log"
  fail "$between: it can be told"
}
told="SELECT account, change FROM transitions WHERE definition = 'team' ORDER BY id"

for between in reload forget stop kill; do
  rm -rf "$space/data"
  config
  server_start "$space"
  send one
  send two
  evaluated
  refuses 'from now on'
  config "$new
$plays"
  config_reload
  failing
  case $between in
  reload)
    config "$new
  more: {kind: pqa, must: ['count(\"E8\", 30d) >= 1']}
$plays"
    config_reload
    failing
    ;;
  forget)
    "$usher" -C "$space" forget user nobody >/dev/null 2>&1 || true
    send gone
    "$usher" -C "$space" forget user 'of gone' >/dev/null || fail "nobody can be forgotten"
    failing
    ;;
  stop)
    server_stop
    server_start "$space"
    failing
    ;;
  kill)
    server_kill
    server_start "$space"
    failing
    ;;
  esac
  same "$between: not yet" '' "$(state "$told")"
  refuses 'no more'
  until_state "$between: told in the end" 'one,entered two,entered' "$told"
  same "$between: in the backlog" 'one,0 two,0' "$(state "SELECT account, status FROM backlogs ORDER BY id")"
  same "$between: no handoff" 0 "$(state "SELECT count(*) FROM handoffs")"
  send three
  until_state "$between: live" 1 "SELECT count(*) FROM handoffs WHERE account = 'three'"
  server_stop
done

# A definition by which nothing was found is known all the same, also where history came to
# mean something else with it: who comes to qualify after a kill does so by it, live.
rm -rf "$space/data"
config
server_start "$space"
answer -u wk_web: "$base/v1/t" -d '{"event":"E1","userId":"ann","messageId":"first"}' >/dev/null
evaluated
config "$new
$plays"
sed -i 's/unit: workspace/unit: workspace, internal: [ours.com]/' "$space/usher.yml"
config_reload
until_state 'known as soon as it is loaded' 1 "SELECT count(*) FROM versions WHERE definition = 'team'"
server_kill
server_start "$space"
send one
until_state 'live' 1 "SELECT count(*) FROM handoffs WHERE account = 'one'"
server_stop
