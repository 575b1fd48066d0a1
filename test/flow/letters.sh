# Dead letters are tried again after what was wrong is mended, with a server and without:
# what is understood leaves the list and is there once, whatever is killed when.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  billing: {kind: stripe, secret: whsec_made_up, customers: who.csv}
outcomes: {paid: {payment: first}}
YML
printf 'customer,account\ncus_1,beta\n' >"$space/who.csv"

paid() { # EVENT CUSTOMER: an invoice, paid, as Stripe posts it
  python3 - "$base/webhooks/stripe" "$@" <<'PY'
import hashlib, hmac, json, sys, time, urllib.request
url, event, customer = sys.argv[1:]
now = int(time.time())
thing = {"id": "in_" + event, "object": "invoice", "customer": customer, "currency": "usd",
         "amount_paid": 4900, "amount_due": 4900, "metadata": {}, "status_transitions": {"paid_at": 1764547200},
         "lines": {"data": [{"amount": 4900, "quantity": 1, "period": {"start": 1764547200, "end": 1767225600}}]}}
body = json.dumps({"id": "evt_" + event, "object": "event", "created": now, "livemode": True,
                   "type": "invoice.paid", "data": {"object": thing}}).encode()
sum = hmac.new(b"whsec_made_up", b"%d." % now + body, hashlib.sha256).hexdigest()
print(urllib.request.urlopen(urllib.request.Request(url, body, {"Stripe-Signature": f"t={now},v1={sum}"})).read().decode())
PY
}
field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}
replay() { # BODY
  curl -s -o "$work/answer" "$base/api/v1/dead-letters/replay" -d "$1"
  field '" ".join(str(j[k]) for k in ("tried", "taken", "dead", "added", "repeats"))'
}
payments() { cell "$space" "SELECT count(*) FROM payments"; }

server_start "$space"
for n in 1 2 3; do paid "a$n" cus_2 >/dev/null; done
paid b1 cus_3 >/dev/null
answer -u wk_web: "$base/v1/t" -d '{"userId":"u1"}' >/dev/null
same 'nothing has changed' '5 0 5 0 0' "$(replay '')"
same 'why' "['stripe.unknown_customer', 'event.no_name']" "$(field '[d["reason"] for d in j["still_dead"]][3:]')"
printf 'customer,account\ncus_1,beta\ncus_2,gamma\n' >"$space/who.csv"
kill -HUP "$server"
for _ in $(seq 100); do grep -q 'server.said_config"' "$server_log" && break; sleep 0.05; done
first=$("$usher" -C "$space" dead-letters --json | head -n 1 | sed 's/.*"letter": *\([0-9]*\).*/\1/')
same 'one of them' '1 1 0 1 0' "$(replay '{"seqs":['"$first"']}')"
same 'by reason, killed at once' '3 2 1 2 0' "$(replay '{"reason":"stripe.unknown_customer"}')"
server_kill
server_start "$space"
same 'paid once' 3 "$(payments)"
same 'what is left' 2 "$("$usher" -C "$space" dead-letters --csv | tail -n +2 | wc -l)"
same 'again' '2 0 2 0 0' "$(replay '{}')"
same 'a list that is none' 400 "$(curl -s -o "$work/answer" -w '%{http_code}' "$base/api/v1/dead-letters/replay" -d '{"seqs":"x"}')"
for wrong in '{"seq":[1]}' '[]' '{"limit":0}' '{"limit":"x"}' '{"reason":5}' '{"seqs":[]}' '{"seqs":[1.5]}'; do
  same "$wrong" 400 "$(curl -s -o "$work/answer" -w '%{http_code}' "$base/api/v1/dead-letters/replay" -d "$wrong")"
done
# By the command, which the server runs.
printf 'customer,account\ncus_3,delta\n' >>"$space/who.csv"
: >"$server_log"
kill -HUP "$server"
for _ in $(seq 100); do grep -q 'server.said_config"' "$server_log" && break; sleep 0.05; done
same 'by the command' '{"tried":2,"taken":1,"dead":1,"added":1,"repeats":0,"more":false,"next":null' \
  "$("$usher" -C "$space" dead-letters replay --json | sed 's/,"still_dead.*//')"
paid c1 cus_5 >/dev/null
paid c2 cus_5 >/dev/null
server_stop

# ---- without a server
printf 'customer,account\ncus_5,epsilon\n' >>"$space/who.csv"
"$usher" -C "$space" dead-letters replay | grep -q '3 tried again: 2 understood, 1 still dead' || fail "without a server"
"$usher" -C "$space" dead-letters replay | grep -q '1 tried again: 0 understood, 1 still dead' || fail "without a server, again"
same 'all of it is there once' 6 "$(payments)"
same 'the log' '1' "$("$usher" -C "$space" dead-letters --csv | tail -n +2 | wc -l)"
"$usher" -C "$space" rebuild >/dev/null
same 'made anew' '6 1' "$(payments) $("$usher" -C "$space" dead-letters --csv | tail -n +2 | wc -l)"
same 'a customer is money of' 'beta delta epsilon gamma' "$("$usher" -C "$space" query --csv "SELECT DISTINCT account FROM payments_view UNION SELECT 'beta' ORDER BY 1" | tail -n +2 | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
audit() { # SQL over audit
  python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT " + sys.argv[2]): print(*row)' "$space/data/state.sqlite" "$1"
}
same 'who had them tried again' 'local 2
uid 2' "$(audit "CASE WHEN who LIKE 'uid %' THEN 'uid' ELSE who END w, count(*) FROM audit WHERE what = 'replay' GROUP BY 1 ORDER BY 1")"
same 'and which' 'stripe.unknown_customer 2' "$(audit "about, details->>'taken' FROM audit WHERE what = 'replay' AND about <> ''")"
"$usher" -C "$space" dead-letters erase 2>"$work/err" && fail "a word that is none"
grep -q 'dead-letters replay' "$work/err" || fail "it does not say what there is"

# ---- more than one call: what stays dead, and rows of files, hide nothing behind them
space=$work/pages
mkdir "$space"
printf 'account: {unit: workspace}\nsources: {web: {key: wk_web}}\n' >"$space/usher.yml"
printf '{"userId":"u%s"}\n' 1 2 3 >"$work/rows.ndjson"
"$usher" -C "$space" import "$work/rows.ndjson" >/dev/null
same 'rows of a file are dead' 3 "$(cell "$space" "SELECT count(*) FROM dead_letters WHERE file LIKE '/%'")"
server_start "$space"
for n in 1 2 3 4 5; do answer -u wk_web: "$base/v1/t" -d '{"userId":"u'$n'"}' >/dev/null; done
after=0 calls=0 seen=''
while [ "$after" != None ]; do
  replay '{"limit":2,"after":'"$after"'}' >/dev/null
  seen="$seen$(field '"".join("%d " % d["seq"] for d in j["still_dead"])')"
  same 'next says whether there is more' "$(field 'j["more"]')" "$(field 'j["next"] is not None')"
  after=$(field 'j["next"]')
  calls=$((calls + 1))
  [ "$calls" -le 5 ] || fail 'it has no end'
done
letters=$("$usher" -C "$space" query --csv "SELECT seq FROM dead_letters WHERE file = '/v1/t' ORDER BY seq" | tail -n +2 | tr -d '\r' | tr '\n' ' ')
same 'each was tried once' "3: $letters" "$calls: $seen"
for wrong in '{"after":-1}' '{"after":"x"}' '{"after":null}'; do
  same "$wrong" 400 "$(curl -s -o "$work/answer" -w '%{http_code}' "$base/api/v1/dead-letters/replay" -d "$wrong")"
done
third=$(printf '%s' "$letters" | cut -d ' ' -f 3)
"$usher" -C "$space" dead-letters replay --limit 3 | grep -q -- "--after $third" || fail 'the command does not say how to go on'
server_stop
same 'the rest, by the command' "2 None" "$("$usher" -C "$space" dead-letters replay --after "$third" --json | python3 -c 'import json, sys; j = json.load(sys.stdin); print(j["tried"], j["next"])')"
same 'the rest, listed' 2 "$("$usher" -C "$space" dead-letters --after "$third" --csv | tail -n +2 | wc -l)"

# ---- one that is broken harms no other of its batch
space=$work/batch
mkdir "$space"
printf 'account: {unit: workspace}\nsources: {web: {key: wk_web}}\n' >"$space/usher.yml"
server_start "$space"
python3 - "$base" "$work" <<'PY' || fail "a batch with some that are no JSON"
import base64, json, sys, urllib.request
base, work = sys.argv[1:]
def post(path, body):
    r = urllib.request.Request(base + path, body, {"Authorization": "Basic " + base64.b64encode(b"wk_web:").decode()})
    with urllib.request.urlopen(r) as answer:
        return answer.status, json.load(answer)
def track(event, more=b""):
    return b'{"type":"track","event":"%s","userId":"u","messageId":"m-%s"%s}' % (event, event, more)
bad = [track(b"Caf\xe9"), track(b"Deep", b',"properties":{"x":' + b"[" * 300 + b"]" * 300 + b"}"), track(b"Line\n"), b'{"event":tru}']
body = b'{"batch":[' + b",".join([track(b"One"), *bad, track(b"Two")]) + b'],"sentAt":"2025-11-25T10:00:00Z"}'
status, told = post("/v1/batch", body)
assert (status, told["dead"]) == (200, 4), (status, told)
events = [{"event": "Three", "distinct_id": "u", "uuid": "00000000-0000-0000-0000-000000000003", "properties": {}}]
body = b'{"api_key":"wk_web","batch":[' + json.dumps(events[0]).encode() + b',{"event":1.}]}'
status, told = post("/i/v1/analytics/events", body)
assert status == 200 and told["dead"] == 1 and told["results"][events[0]["uuid"]]["result"] == "ok", told
PY
head -c 70000 /dev/zero | tr '\0' x >"$work/long"
answer -u wk_web: "$base/v1/batch" --data-binary @"$work/long" | grep -q '^400.*its beginning is kept' || fail "a letter that is cut does not say so"
answer -u wk_web: "$base/v1/batch" -d '{' | grep -q '^400.*; it is kept' || fail "a letter is not kept"
"$usher" -C "$space" dead-letters --csv | tail -n +2 | tr -d '\r' >"$work/dead"
same 'each by itself' 7 "$(wc -l <"$work/dead")"
server_stop
same 'the others are there' 'One Three Two' "$("$usher" -C "$space" query --csv "SELECT event FROM events_now ORDER BY 1" | tail -n +2 | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
