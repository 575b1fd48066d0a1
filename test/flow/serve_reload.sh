# SIGHUP: a new text of a definition holds from here on, and accounts go on from where they
# stand; a file with mistakes is refused, and the old one stays; new properties are read.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/space"
configure() { # NEEDED [MORE]
  cat >"$work/space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
qualify:
  team:
    kind: pqa
    must: ['count("Invite Sent", 30d) >= $1']
${2:-}
YML
}
send() { # ID ACCOUNT [PROPERTIES]
  same "$1" '200 {"success":true}' "$(answer -u wk_web: "$base/v1/t" -d '{"event":"Invite Sent","userId":"u1","messageId":"'"$1"'","context":{"groupId":"'"$2"'"},"properties":'"${3:-{\}}"'}')"
}
decided() { # what state holds, each as "account definition change"
  python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT account, definition, change FROM transitions ORDER BY id"): print(*row)' "$work/space/data/state.sqlite"
}
until_decided() { # LINES
  for _ in $(seq 1 100); do
    [ "$(decided 2>/dev/null | wc -l)" -ge "$1" ] && return 0
    sleep 0.1
  done
  fail "wanted $1 decisions, got: $(decided)"
}
hup() { # EVENT of the log that is waited for
  local before
  before=$(grep -c "$1" "$server_log") || true
  kill -HUP "$server"
  for _ in $(seq 1 100); do
    [ "$(grep -c "$1" "$server_log")" -gt "$before" ] && return 0
    sleep 0.1
  done
  cat "$server_log"
  fail "no $1"
}

configure 2
server_start "$work/space"
for i in 1 2; do send "two-$i" two; done
for i in 1 2 3; do send "three-$i" three '{"seats": 9}'; done
until_decided 2
configure 3
hup '"server.said_config"'
until_decided 3
same 'what holds by the new text stays, and the rest leaves' 'three team entered
two team entered
two team redefined' "$(decided | sort)"

# ---- mistakes
printf 'qualify: {team: {kind: nothing}}\n' >"$work/space/usher.yml"
hup '"server.said_config_refused"'
send four-1 four
send four-2 four
send four-3 four
until_decided 4
same 'the old one stays' 'four team entered' "$(decided | tail -n 1)"

# ---- a property nobody asked for before, of lines that came before
configure 3 '  seats:
    kind: pqa
    must: ["sum(\"Invite Sent\".seats, 30d) >= 20"]'
hup '"server.said_config"'
until_decided 5
same 'a new definition finds who was there' 'three seats entered' "$(decided | tail -n 1)"
for i in 1 2 3; do send "five-$i" five '{"seats": 10}'; done
until_decided 7
same 'and goes on' 'five seats entered
five team entered' "$(decided | tail -n 2 | sort)"
server_stop

# ---- the same by a start
configure 4
server_start "$work/space"
until_decided 10
same 'redefined by a start' 'five team redefined
four team redefined
three team redefined' "$(decided | tail -n 3 | sort)"
server_stop
same 'a definition that is gone tells nothing more' 10 "$(decided | wc -l)"

# ---- by who asks without end, so that some question is always at work
rm -r "$work/space/data"
"$usher" simulate - --events 150000 --seed 5 2>/dev/null | "$usher" -C "$work/space" import - >/dev/null 2>&1
ask() { printf 'account: {unit: workspace}\nsources: {web: {key: wk_web}}\nqualify:\n  team: {kind: pqa, must: ["users(400d) >= %s"]}\n  one: {kind: pql, within: team, must: ["count(any, 400d) >= 1"]}\n' "$1" >"$work/space/usher.yml"; }
ask 2
server_start "$work/space"
touch "$work/asking"
for _ in 1 2 3 4 5 6; do
  (while [ -e "$work/asking" ]; do curl -s -o /dev/null -w '%{http_code}\n' "$base/api/v1/queue"; done >>"$work/answers") &
done
sleep 1
for n in 3 4; do
  ask "$n"
  same 'among questions' 200 "$(curl -s -m "${RELOAD_WAIT:-9}" -o /dev/null -w '%{http_code}' -X POST "$base/api/v1/config/reload")"
done
rm "$work/asking"
sleep 3
same 'all were answered' 200 "$(sort -u "$work/answers")"
server_stop

# ---- while all of history is loaded for the new ones, the old ones decide; what both have
# is told once, and as a replay tells it
rm -r "$work/space/data"
"$usher" simulate - --events "${RELOAD_EVENTS:-300000}" --seed 6 2>/dev/null | "$usher" -C "$work/space" import - >/dev/null 2>&1
beside() {
  cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
qualify:
  team: {kind: pqa, must: ['count("Invited", 30d) >= 2']}
  one: {kind: pql, within: team, must: ['count("Invited", 30d) >= 2']}
YML
  [ "$1" = less ] || echo "  three: {kind: pqa, must: ['count(\"Invited\", 30d) >= 3', 'sum(\"Invited\".seats, 30d) >= 20']}" >>"$work/space/usher.yml"
}
beside less
server_start "$work/space"
for _ in $(seq 1 300); do
  [ "$(metric usher_history_loads_total)" = 1 ] && break
  sleep 0.1
done
beside more
python3 - "$base" "$server" "$server_log" <<'PY' || fail "decisions waited"
import json, os, re, signal, sys, threading, time, urllib.request

base, server, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
metrics = lambda: urllib.request.urlopen(base + "/metrics").read().decode()
value = lambda text, name: int(float(re.search(rf"^usher_{name} (\S+)$", text, re.M).group(1)))
over, sent = threading.Event(), []


def send():
    n = 0
    while not over.is_set():
        body = json.dumps({"writeKey": "wk_web", "batch": [
            {"type": "track", "event": "Invited", "userId": f"b{n // 3}", "messageId": f"b-{n}",
             "properties": {"seats": 9}, "context": {"groupId": f"g{n // 3}"}}]}).encode()
        urllib.request.urlopen(urllib.request.Request(base + "/v1/batch", body, {"Content-Type": "application/json"})).read()
        sent.append(n)
        n += 1


sender = threading.Thread(target=send)
sender.start()
time.sleep(0.5)
os.kill(server, signal.SIGHUP)
during, until = [], time.time() + 60
while "server.said_config" not in open(log).read():
    text = metrics()
    if value(text, "definitions_loading"):
        during.append(value(text, "transitions_total"))
    if time.time() > until:
        sys.exit("it is not over")
time.sleep(0.5)
over.set()
sender.join()
if not during or during[-1] <= during[0]:
    sys.exit(f"decided meanwhile: {during}")
PY
for _ in $(seq 1 300); do
  [ "$(metric usher_history_lag_lines) $(metric usher_decisions_lag_lines)" = "0 0" ] && break
  sleep 0.1
done
# It is stopped while it loads for another text still, and a start goes on by that one.
beside less
kill -HUP "$server"
for _ in $(seq 1 200); do
  [ "$(metric usher_definitions_loading)" = 1 ] && break
done
server_stop
beside more
"$usher" -C "$work/space" firings --json >"$work/replayed"
PAST=three python3 "$(dirname "$0")/told.py" "$work/space/data/state.sqlite" "$work/replayed" 3 20 >"$work/told" || { cat "$work/told"; fail "what was decided is not what a replay says"; }
