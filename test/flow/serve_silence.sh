# What is absent may only not have arrived (semantics 24): by time alone nobody is handed on
# while a source is silent for longer than is usual for it, and whoever is still in goes on
# once it has been heard again. What is told is what a replay tells.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(dirname "$0")
faults_built
noon=$(($(date -u +%s) / 86400 * 86400 - 43200)) # yesterday's
clock() { # HH:MM:SS of that day, or of the next where hours go beyond 23; from here on
  python3 - "$USHER_FAULTS" "$noon" "$1" <<'PY'
import os, struct, sys, time
h, m, s = map(int, sys.argv[3].split(":"))
at = int(sys.argv[2]) + (h - 12) * 3600 + m * 60 + s
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.pwrite(fd, struct.pack("=qqq", 0, 0, int((at - time.time()) * 1e6)), 0)
PY
}
start() { LD_PRELOAD=$work/faults.so server_start "$space"; }
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  app: {key: wk_app}
outcomes: {paid: {payment: first}}
qualify:
  gone: {aim: paid, must: ['count("Opened", 12h) == 0', 'count("Opened", 72h) >= 1']}
  cold: {aim: paid, must: ['count("Shared", 12h) == 0', 'count("Shared", 72h) >= 1']}
  keen: {aim: paid, must: ['count("Bought", 72h) >= 1']}
plays:
  help: {on: gone, backlog: 5}
  call: {on: keen}
  warm: {on: cold}
YML

opened() { # KEY ACCOUNT [EVENT]
  answer -u "$1:" "$base/v1/track" -d "{\"event\":\"${3:-Opened}\",\"userId\":\"u-$2\",\"context\":{\"groupId\":\"$2\"}}" | grep -q ^200 || fail "nothing is taken of $1"
}

# Five weeks of web, twice an hour, until a minute before midnight; the server comes up when
# that is nearly twelve hours ago.
python3 - "$noon" >"$work/past.ndjson" <<'PY'
import json, sys, time
end = int(sys.argv[1]) - 43200 - 60
def say(account, t, event="Opened"):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
    print(json.dumps({"type": "track", "event": event, "userId": "u-" + account, "messageId": f"{account}-{t}",
                      "timestamp": at, "receivedAt": at, "context": {"groupId": account}}))
for t in range(end - 35 * 86400, end, 1800):
    say("busy", t)
for account in ("back", "late"):
    say(account, end)
say("was", end, "Shared")
PY
clock 11:49:00
LD_PRELOAD=$work/faults.so "$usher" -C "$space" import --source web "$work/past.ndjson" >/dev/null
clock 11:50:00
start
until_state "it is up" "call help warm" "SELECT name FROM plays ORDER BY name"
curl -s "$base/readyz" | grep -q 'web is silent for longer' || fail "nobody says that web is silent: $(curl -s "$base/readyz")"
opened wk_app other
clock 12:00:02
told="SELECT account, change, live, silent FROM transitions WHERE live ORDER BY account"
until_state "twelve hours are over" "back,entered,1,web busy,entered,1,web late,entered,1,web was,entered,1,web" "$told"
same "nobody is handed on" "" "$(state "SELECT * FROM handoffs")"
waiting="SELECT account, status, silent FROM backlogs WHERE play = 'help' ORDER BY account"
same "they wait for web" "back,0,web busy,0,web late,0,web" "$(state "$waiting")"
same "whoever asks is told for what" "back,web busy,web late,web was,web" "$("$usher" -C "$space" backlog --csv | tail -n +2 | tr -d '\r' | cut -d, -f3,7 | sort | tr '\n' ' ' | sed 's/ $//')"
opened wk_app now Bought
until_state "what came is no absence" "now,queued" "SELECT account, status FROM handoffs"
server_kill

# It goes on waiting after a kill, but for a play that is no more; web is heard again, and what
# was absent comes.
sed -i '/warm:/d' "$space/usher.yml"
clock 12:57:00
start
for _ in $(seq 100); do
  [ "$(metric usher_handoffs_held)" != 3 ] || break
  sleep 0.05
done
same "a gauge counts them" 3 "$(metric usher_handoffs_held)"
opened wk_web back
opened wk_web other
clock 13:00:01
until_state "who came back leaves" "back,2,web busy,0,web late,0,web" "$waiting"
same "clients have time to send what they kept" "now" "$(state "SELECT account FROM handoffs")"
clock 13:09:00
until_state "then those who are still in go on" "back,2,web busy,1,web late,1,web" "$waiting"
same "of a play that was taken out nobody does" "was,0," "$(state "SELECT account, status, silent FROM backlogs WHERE play = 'warm'")"
same "as handoffs" "busy,queued late,queued" "$(state "SELECT account, status FROM handoffs WHERE play = 'help' ORDER BY account")"

# With nobody silent, time hands on as ever; web was silent over the night, not at two.
opened wk_web fresh
clock 25:20:00
opened wk_web busy
clock 26:00:01
until_state "time alone" "fresh,entered," "SELECT account, change, silent FROM transitions WHERE account = 'fresh'"
same "hands on at once" 0 "$(state "SELECT count(*) FROM backlogs WHERE account = 'fresh'")"
until_state "and web, heard again, the others" "back,queued busy,queued fresh,queued late,queued other,queued" "SELECT account, status FROM handoffs WHERE play = 'help' ORDER BY account"
same "who came in over the night" "back,web other,web" "$(state "SELECT account, silent FROM transitions WHERE change = 'entered' AND account IN ('back', 'other') AND ordinal = (SELECT max(ordinal) FROM transitions t WHERE t.account = transitions.account) ORDER BY 1")"
server_stop
"$usher" -C "$space" firings --json --to "$(date -u -d "@$((noon + 14 * 3600 + 1))" +%FT%TZ)" >"$work/replayed"
python3 "$here/told.py" "$space/data/state.sqlite" "$work/replayed" 2 9 gone fresh "" || fail "what was told is not what a replay says"
