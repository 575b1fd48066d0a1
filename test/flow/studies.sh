# Studies as jobs of the running server: their answers are the commands' to the byte, one
# after the other, with progress, cancelled when nobody wants them, kept over restarts; and
# clients are answered meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
outcomes: {paid: {payment: first}}
signals:
  invites: count("Invite Sent", 14d)
  exports: count("Export Made", 28d)
qualify:
  team: {aim: paid, must: ['invites >= 2']}
  busy: {aim: paid, must: ['exports >= 3']}
YML
python3 - "$work" <<'PY'
import json, random, sys
random.seed(7)
with open(sys.argv[1] + "/events.ndjson", "w") as f:
    for n in range(20000):
        day, account = random.randrange(300), random.randrange(300)
        f.write(json.dumps({"type": "track", "event": random.choice(["Invite Sent", "Export Made", "Page Seen"]),
            "userId": "u%d" % (account * 5 + random.randrange(5)), "messageId": "m%d" % n,
            "timestamp": "2025-%02d-%02dT%02d:00:00Z" % (1 + day // 28, 1 + day % 28, random.randrange(24)),
            "context": {"groupId": "a%d" % account}}) + "\n")
with open(sys.argv[1] + "/payments.csv", "w") as f:
    f.write("account,at,amount,currency,status,interval,method\n")
    for account in range(0, 300, 3):
        f.write("a%d,2025-%02d-15,%d,USD,paid,month,card\n" % (account, 2 + account % 7, 50 + account % 400))
PY
"$usher" -C "$space" import "$work/events.ndjson" "$work/payments.csv" >/dev/null
sed 's/invites >= 2/invites >= 3/' "$space/usher.yml" >"$work/other.yml"
server_start "$space"
for _ in $(seq 100); do [ "$(metric usher_history_open)" = 1 ] && break; sleep 0.1; done
api=$base/api/v1/studies

field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}
ask() { # BODY: the study's number
  same "asking for $1" 202 "$(curl -s -D "$work/head" -o "$work/answer" -w '%{http_code}' "$api" -d "$1")"
  same 'its place' "/api/v1/studies/$(field 'j["id"]')" "$(tr -d '\r' <"$work/head" | sed -n 's/^Location: //p')"
  field 'j["id"]'
}
over() { # ID: waits until it is done, or what else it came to
  for _ in $(seq 600); do
    answer "$api/$1" >/dev/null
    case $(field 'j["state"]') in queued | running) sleep 0.05 ;; *) break ;; esac
  done
  field 'j["state"]'
}
as_command() { # ID COMMAND...
  local id=$1
  shift
  same "study $id ($*) $(over "$id" >/dev/null; field 'j["why"]')" done "$(over "$id")"
  curl -s "$api/$id/result" >"$work/got"
  "$usher" -C "$space" "$@" --json >"$work/wanted"
  cmp "$work/wanted" "$work/got" || fail "the study differs from $*"
}

# ---- the same bytes
as_command "$(ask '{"kind":"backtest","of":["team"],"options":{"horizon":"60d","capacity":15}}')" backtest team --horizon 60d --capacity 15
as_command "$(ask '{"kind":"discover","options":{"outcome":"paid","within":"14d","horizon":"60d"}}')" discover --outcome paid --within 14d --horizon 60d
as_command "$(ask '{"kind":"assess"}')" assess
as_command "$(ask '{"kind":"ceiling","options":{"draws":200}}')" ceiling --draws 200
as_command "$(ask '{"kind":"review","lang":"zh"}')" review --lang zh
as_command "$(ask '{"kind":"trace","of":["a5","team"]}')" trace a5 team
as_command "$(ask '{"kind":"fit","options":{"outcome":"paid","horizon":"60d","event":["Invite Sent","Export Made"]}}')" fit --outcome paid --horizon 60d --event "Invite Sent" --event "Export Made"
as_command "$(ask '{"kind":"power","options":{"rate":"10%","week":20}}')" power --rate 10% --week 20
as_command "$(ask '{"kind":"firings","of":["busy"],"options":{"account":["a1","a2"]}}')" firings busy --account a1 --account a2
same 'rows are a list' True "$(over 9 >/dev/null; field 'isinstance(j["result"], list) and j["result"][0]["definition"] == "busy"')"
as_command "$(ask '{"kind":"values","options":{"user":true,"expr":"days(30d)"}}')" values --user --expr 'days(30d)'
config=$(python3 -c 'import json, sys; print(json.dumps(open(sys.argv[1]).read()))' "$work/other.yml")
diff=$(ask '{"kind":"diff","of":["team"],"config":'"$config"'}')
same "a diff $(over "$diff" >/dev/null; field 'j["why"]')" done "$(over "$diff")"
"$usher" -C "$space" diff team "$work/other.yml" --json | sed "s|$work/other.yml|FILE|g" >"$work/wanted"
curl -s "$api/$diff/result" | sed "s|[^\"]*/study.yml|FILE|g" >"$work/got"
cmp "$work/wanted" "$work/got" || fail "the diff differs"

# ---- what cannot be
refused() { # STATUS BODY
  same "$2" "$1" "$(curl -s -o "$work/answer" -w '%{http_code}' "$api" -d "$2")"
  [ -n "$(field 'j["detail"]')" ] || fail "no reason for $2"
}
refused 400 '{'
refused 400 '{"kind":"nothing"}'
refused 400 '{"kind":"backtest"}'
refused 400 '{"kind":"discover","options":{"html":"/tmp/x"}}'
refused 400 '{"kind":"discover","options":{"write":"Invite Sent:3"}}'
refused 400 '{"kind":"backtest","of":["team"],"options":{"against":"/etc/passwd"}}'
refused 400 '{"kind":"diff","of":["team","/etc/passwd"],"config":"a: b"}'
refused 400 '{"kind":"diff","of":["team"],"config":"include: [/etc/passwd]"}'
refused 400 '{"kind":"assess","options":{"from":{"a":1}}}'
wrong=$(ask '{"kind":"backtest","of":["nothing"]}')
same 'of no definition' failed "$(over "$wrong")"
case $(field 'j["why"]') in *nothing*) ;; *) fail "why: $(field 'j["why"]')" ;; esac
same 'has no result' 409 "$(curl -s -o "$work/answer" -w '%{http_code}' "$api/$wrong/result")"
same 'no such' 404 "$(curl -s -o "$work/answer" -w '%{http_code}' "$api/4711")"

# ---- listed, page by page; clients are answered while one works, which is then cancelled
answer "$api?limit=2" >/dev/null
same 'the newest first' "[$wrong, $diff]" "$(field '[s["id"] for s in j["studies"]]')"
answer "$api?limit=2&after=$(field 'j["next"]')" >/dev/null
same 'the next page' "[$((diff - 1)), $((diff - 2))]" "$(field '[s["id"] for s in j["studies"]]')"
long='{"kind":"ceiling","options":{"draws":25000}}'
longer='{"kind":"ceiling","options":{"draws":100000}}'
ids=("$(ask "$longer")")
for _ in 2 3 4 5; do ids+=("$(ask "$long")"); done
for n in 1 2 3 4 5; do
  answer -u wk_web: "$base/v1/t" -d '{"event":"Meanwhile","userId":"u1","messageId":"w'$n'","context":{"groupId":"a1"}}' | grep -q '^200' || fail "a client was not answered"
done
last=${ids[4]}
same 'the last waits' queued "$(answer "$api/$last" >/dev/null; field 'j["state"]')"
same 'cancelled' 200 "$(curl -s -X DELETE -o "$work/answer" -w '%{http_code}' "$api/$last")"
same 'it is' cancelled "$(field 'j["state"]')"
running() { # the study at work, or nothing
  answer "$api?limit=200" >/dev/null
  field '"".join(str(s["id"]) for s in j["studies"] if s["state"] == "running")'
}
# One may be done between the look and the word; then the next is asked to stop.
cancelled=''
for _ in $(seq 200); do
  id=$(running)
  [ -n "$id" ] || continue
  [ "$(curl -s -X DELETE -o "$work/answer" -w '%{http_code}' "$api/$id")" = 200 ] && cancelled=$id && break
done
[ -n "$cancelled" ] || fail 'none at work could be cancelled'
same 'cancelled at work' cancelled "$(over "$cancelled")"
same 'the same twice' 409 "$(curl -s -X DELETE -o "$work/answer" -w '%{http_code}' "$api/$last")"

# ---- killed: what ran has failed, what waited is run
for id in "${ids[@]}"; do over "$id" >/dev/null; done
ran=$(ask "$longer")
waits=$(ask "$long")
for _ in $(seq 500); do
  [ "$(running)" = "$ran" ] && break
  sleep 0.01
done
server_kill
server_start "$space"
api=$base/api/v1/studies
same 'what ran' failed "$(over "$ran")"
same 'has a reason' interrupted "$(field 'j["why"]')"
same 'what waited' done "$(over "$waits")"
answer "$api/$last" >/dev/null
same 'still cancelled' cancelled "$(field 'j["state"]')"
as_command "$(ask '{"kind":"backtest","of":["busy"]}')" backtest busy

# ---- somebody is forgotten: what is at work begins again, as it may have read of them
cat >"$work/begun_again.py" <<'PY'
import collections, json, subprocess, sys, urllib.request
api, usher, space, study = sys.argv[1:]
begun = collections.defaultdict(set)


def listed(body=None):
    with urllib.request.urlopen(urllib.request.Request(api, body)) as answer:
        return json.load(answer)


def forget(who):
    went = subprocess.Popen([usher, "-C", space, "forget", "user", who], stdout=subprocess.DEVNULL)
    while went.poll() is None:
        now = listed()["studies"]
        for s in now:
            if s["started"]:
                begun[s["id"]].add(s["started"])
        if sum(s["state"] in ("queued", "running") for s in now) < 2:
            listed(study.encode())
    assert went.returncode == 0


for n in range(5):  # between two studies there is nothing to begin again
    forget(f"u{7 + n}")
    if any(len(starts) > 1 for starts in begun.values()):
        print(max(begun, key=lambda id: len(begun[id])))
        break
PY
again=$(python3 "$work/begun_again.py" "$api" "$usher" "$space" "$long")
[ -n "$again" ] || fail 'no study was begun again'
same 'begun again' done "$(over "$again")"
for _ in $(seq 600); do
  [ -z "$(running)" ] && break
  sleep 0.05
done

# ---- stopped: the same, and at once
ask "$longer" >/dev/null
last=$(ask "$long")
from=$SECONDS
server_stop
[ $((SECONDS - from)) -lt 60 ] || fail "a study holds the server up"
server_start "$space"
api=$base/api/v1/studies
same 'the last of those that waited' done "$(over "$last")"
read_only=$("$usher" -C "$space" token create reader --scopes read --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
same 'who may only read' 403 "$(curl -s -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $read_only" "$api" -d '{"kind":"assess"}')"
same 'may look' 200 "$(curl -s -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $read_only" "$api")"
server_stop
