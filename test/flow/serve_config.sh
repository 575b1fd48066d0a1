# The configuration of a running server, read, checked and read anew through the API: with
# what would change, every mistake at its place, and the old one in force until one is good.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
include: [more.yml]
signals:
  invites: count("Invite Sent", 14d)
qualify:
  team: {must: ['invites >= 2']}
YML
cat >"$space/more.yml" <<'YML'
signals: {exports: 'count("Export Made", 28d)'}
qualify: {busy: {must: ['exports >= 3']}}
YML
server_start "$space"
api=$base/api/v1/config
field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}
post() { # STATUS PATH [FILE]
  same "$2" "$1" "$(curl -s -o "$work/answer" -w '%{http_code}' -X POST "$api/$2" ${3:+--data-binary "@$3"})"
}

# ---- read
answer "$api" >/dev/null
same 'its files' "['usher.yml', 'more.yml']" "$(field '[f["path"].split("/")[-1] for f in j["files"]]')"
same 'as they are' True "$(field 'j["files"][1]["text"] == open("'"$space"'/more.yml").read()')"
same 'definitions' 'busy team' "$(field '" ".join(sorted(d["name"] for d in j["definitions"]))')"
version=$(field 'j["version"]')
loaded=$(field 'j["loaded"]')

# ---- checked: a text, or what lies on disk
post 200 check
same 'what runs' "True $version []" "$(field 'j["good"], j["version"], j["changes"]["definitions"]["changed"]' | tr -d "(),'")"
printf 'account: {unit: workspace}\nsources: {web: {key: other}, app: {key: k}}\nsignals:\n  invites: count("Invite Sent", 7d)\nqualify:\n  team: {must: ["invites >= 3"]}\n  fresh: {must: ["invites >= 9"]}\n' >"$work/next.yml"
post 200 check "$work/next.yml"
same 'definitions' "[['fresh'], ['team'], ['busy']]" "$(field '[j["changes"]["definitions"][k] for k in ("added", "changed", "removed")]')"
same 'signals' "[[], ['invites'], ['exports']]" "$(field '[j["changes"]["signals"][k] for k in ("added", "changed", "removed")]')"
same 'sources' "[['app'], ['web'], []]" "$(field '[j["changes"]["sources"][k] for k in ("added", "changed", "removed")]')"
printf 'account: {unit: workspace}\nqualify:\n  team: {must: ["invite >= 3"]}\n  other: {mist: ["1 > 0"]}\n' >"$work/wrong.yml"
post 200 check "$work/wrong.yml"
same 'it is not good' 'False None' "$(field 'str(j["good"]) + " " + str(j["changes"])')"
same 'every mistake at its place' '3 4' "$(field '" ".join(sorted({str(m["line"]) for m in j["mistakes"]}))')"
same 'with a reason' True "$(field 'all(m["message"] and m["column"] > 1 for m in j["mistakes"])')"
printf 'account: {unit: workspace}\ninclude: [/etc/passwd]\n' >"$work/include.yml"
post 200 check "$work/include.yml"
same 'no other file' False "$(field 'j["good"]')"
# What a start or a reload would stumble upon: files of customers, at both their places.
check() { # STATUS
  local status=0
  "$usher" -C "$space" check >"$work/said" 2>&1 || status=$?
  same 'usher check' "$1" "$status"
}
cp "$space/usher.yml" "$work/kept.yml"
sed -i 's/sources: .*/sources: {web: {key: wk_web}, billing: {kind: stripe, secret: whsec_made_up, customers: who.csv}}/' "$space/usher.yml"
for wrong in 'none' 'customer,acount\ncus_1,acme\n' 'customer,account\ncus_1,acme\ncus_1,other\n'; do
  [ "$wrong" = none ] || printf "$wrong" >"$space/who.csv"
  post 200 check
  same 'who.csv' 'False None' "$(field 'str(j["good"]) + " " + str(j["changes"])')"
  same 'its place' 'usher.yml 2 89' "$(field '" ".join(m["file"].split("/")[-1] + " %d %d" % (m["line"], m["column"]) for m in j["mistakes"] if m["severity"] == "error")')"
  message=$(field 'j["mistakes"][0]["message"]')
  post 422 reload
  same 'the same' "$message" "$(field 'j["mistakes"][0]["message"]')"
  check 2
  grep -q 'usher.yml:2:89: error: .*who.csv' "$work/said" || fail "usher check does not say it: $(cat "$work/said")"
  post 200 check "$space/more.yml"
  same 'not of a text without it' True "$(field 'j["good"]')"
done
[[ $message = *who.csv:3:* ]] || fail "the line of the file is not said: $message"
status=0
mkdir "$work/other"
cp "$space"/*.yml "$space/who.csv" "$work/other/"
"$usher" -C "$work/other" serve --listen 127.0.0.1:0 >"$work/said" 2>&1 || status=$?
same 'a start' 2 "$status"
grep -q 'usher.yml:2:89: error: .*who.csv:3:' "$work/said" || fail "a start does not say it: $(cat "$work/said")"
printf 'customer,account\ncus_1,acme\n' >"$space/who.csv"
post 200 check
same 'mended' True "$(field 'j["good"]')"
check 0
"$usher" -C / check "$space/usher.yml" >/dev/null || fail "a file of customers is not looked for beside the usher.yml that is checked"
rm "$space/who.csv"
# Another unit is good, but for a start.
sed 's/unit: workspace/unit: company/' "$work/kept.yml" >"$space/usher.yml"
post 200 check
same 'for a start' "True True ['server.config_unit warning 1 17']" "$(field 'str(j["good"]) + " " + str(j["restart"]) + " " + str([m["key"] + " " + m["severity"] + " %d %d" % (m["line"], m["column"]) for m in j["mistakes"] if m["key"].startswith("server")])')"
post 409 reload
sed '1d' "$work/kept.yml" >"$space/usher.yml"
post 200 check
same 'the unit that is not said' 'True False' "$(field 'str(j["good"]) + " " + str(j["restart"])')"
# None at all.
rm "$space/usher.yml"
post 409 check
field 'j["detail"]' | grep -q usher.yml || fail "it does not say which file is missing"
post 409 reload
field 'j["detail"]' | grep -q usher.yml || fail "it does not say which file is missing"
mkdir "$space/usher.yml"
post 409 reload
rmdir "$space/usher.yml"
mv "$work/kept.yml" "$space/usher.yml"
post 200 check
same 'as it runs' False "$(field 'j["restart"]')"
answer "$api" >/dev/null
same 'nothing happened' "$version" "$(field 'j["version"]')"

# A file that does not come holds whoever asks for it, and nobody else.
mv "$space/more.yml" "$work/more.yml"
mkfifo "$space/more.yml"
asking=()
for n in 1 2 3 4; do
  curl -s -o "$work/asked.$n" -X POST "$api/check" &
  asking+=($!)
done
sleep 0.2
for n in 1 2 3 4 5 6; do
  same 'who asks for none of it' 200 "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "$base/healthz" || true)"
done
for pid in "${asking[@]}"; do
  while kill -0 "$pid" 2>/dev/null; do
    exec 9<>"$space/more.yml" 9>&-
    sleep 0.05
  done
done
same 'each was answered' 4 "$(cat "$work"/asked.? | grep -o '"good":' | wc -l)"
rm "$space/more.yml"
mv "$work/more.yml" "$space/more.yml"

# ---- read anew
sed -i 's/exports >= 3/exports >= 4/' "$space/more.yml"
sed -i 's/invites: count/more_invites: days(7d)\n  invites: count/' "$space/usher.yml"
post 200 reload
same 'what changed' "['busy'] ['more_invites']" "$(field 'str(j["changes"]["definitions"]["changed"]) + " " + str(j["changes"]["signals"]["added"])')"
answer "$api" >/dev/null
[ "$(field 'j["version"]')" != "$version" ] || fail "the old one is still there"
[ "$(field 'j["loaded"]')" '>' "$loaded" ] || fail "it was not read anew"
version=$(field 'j["version"]')
sed -i 's/exports >= 4/exprts >= 4/' "$space/more.yml"
post 422 reload
same 'refused' 'False more.yml 2' "$(field 'str(j["reloaded"]) + " " + " ".join(m["file"].split("/")[-1] + " " + str(m["line"]) for m in j["mistakes"] if m["severity"] == "error")')"
answer "$api" >/dev/null
same 'the old one stays' "$version" "$(field 'j["version"]')"
sed -i 's/exprts >= 4/exports >= 4/; s/unit: workspace/unit: company/' "$space/more.yml" "$space/usher.yml"
post 409 reload
sed -i 's/unit: company/unit: workspace/' "$space/usher.yml"
post 200 reload
# Keys come and go without a stop, while clients send.
send() { curl -s -o /dev/null -w '%{http_code}' -u "$1:" "$base/v1/t" -d '{"event":"Invite Sent","userId":"u1"}'; }
same 'a key' '200 401' "$(send wk_web) $(send k_app)"
(for _ in $(seq 60); do send wk_web; echo; done) >"$work/sent" &
sending=$!
sed -i 's/sources: .*/sources: {web: {key: wk_web}, app: {key: k_app}, crm: {kind: records, key: k_crm}}/' "$space/usher.yml"
post 200 reload
same 'one more' '200 200' "$(send wk_web) $(send k_app)"
same 'of records' 200 "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Write-Key: k_crm' "$base/v1/accounts" -d '{"account":"acme","plan":"pro"}')"
same 'all of it was taken' 200 "$(wait "$sending"; sort -u "$work/sent")"
same 'who sends is known' 'web app' "$(answer "$base/readyz" >/dev/null; field '" ".join(s["name"] for s in j["sources"])')"
sed -i 's/sources: .*/sources: {app: {key: k_app}}/' "$space/usher.yml"
post 200 reload
same 'one less' '401 200' "$(send wk_web) $(send k_app)"
same 'of records, no more' 401 "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Write-Key: k_crm' "$base/v1/accounts" -d '{"account":"acme"}')"
same 'counted on' 2 "$(metric 'usher_source_lines_total{source="app"}')"
# Stripe is answered from a reload on, without a stop, and no more from the next one on.
stripe() { curl -s -o "$work/answer" -w '%{http_code}' -H 'Stripe-Signature: t=1,v1=0' "$base/webhooks/stripe" -d '{}'; }
same 'no source of Stripe' 404 "$(stripe)"
sed -i 's/sources: .*/sources: {app: {key: k_app}, billing: {kind: stripe, secret: whsec_made_up, customers: who.csv}}/' "$space/usher.yml"
post 422 reload
field 'j["mistakes"][0]["message"]' | grep -q who.csv || fail "it does not say what is missing"
printf 'customer,account\ncus_1,acme\n' >"$space/who.csv"
post 200 reload
same 'the first one' 400 "$(stripe)"
signed() { # BODY: the header that Stripe sends with it
  python3 -c 'import hashlib, hmac, sys, time
now = int(time.time())
print("Stripe-Signature: t=%d,v1=%s" % (now, hmac.new(b"whsec_made_up", b"%d." % now + sys.argv[1].encode(), hashlib.sha256).hexdigest()))' "$1"
}
told='{"id":"evt_1","object":"event","created":1764547200,"livemode":true,"type":"customer.created","data":{"object":{"id":"cus_1"}}}'
same 'its secret is known' '200 {"received":true,"passed":"stripe.passed"}' "$(answer -H "$(signed "$told")" "$base/webhooks/stripe" -d "$told")"
sed -i 's/, billing: .*/}/' "$space/usher.yml"
post 200 reload
same 'none again' 404 "$(stripe)"
# The same text: who is where stays as it is, and is not evaluated again; what lies beside
# it is read all the same.
sed -i 's/sources: .*/sources: {app: {key: k_app}, billing: {kind: stripe, secret: whsec_made_up, customers: who.csv}}/' "$space/usher.yml"
post 200 reload
same 'with billing again' '200 400' "$(send k_app) $(stripe)"
for _ in $(seq 200); do
  [ "$(metric usher_evaluated_lines_total)" -gt 0 ] && [ "$(metric usher_decisions_lag_lines)" = 0 ] && break
  sleep 0.05
done
evaluated=$(metric usher_evaluated_lines_total)
[ "$evaluated" -gt 0 ] || fail "nothing is evaluated"
post 200 reload
same 'nothing changes' '{"definitions":{"added":[],"changed":[],"removed":[]},"signals":{"added":[],"changed":[],"removed":[]},"plays":{"added":[],"changed":[],"removed":[]},"sources":{"added":[],"changed":[],"removed":[]}}' "$(field 'json.dumps(j["changes"], separators=(",", ":"))')"
same 'goes on counting' "$evaluated" "$(metric usher_evaluated_lines_total)"
rm "$space/who.csv"
post 422 reload
printf 'customer,account\ncus_1,acme\n' >"$space/who.csv"
for _ in 1 2 3 4 5 6 7; do post 200 reload; done
same 'still' "$evaluated 200 400" "$(metric usher_evaluated_lines_total) $(send k_app) $(stripe)"
same 'its secret is known still' '200 {"received":true,"passed":"stripe.passed"}' "$(answer -H "$(signed "$told")" "$base/webhooks/stripe" -d "$told")"
# At once with signals: one after the other, and the server is there afterwards.
for _ in 1 2 3 4; do
  curl -s -o /dev/null -X POST "$api/reload" &
  asked=$!
  kill -HUP "$server"
  wait "$asked"
done
answer "$base/healthz" | grep -q '^200' || fail "the server is gone"
audit() { # SQL of a column of audit
  python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT " + sys.argv[2]): print(*row)' "$space/data/state.sqlite" "$1"
}
same 'who read it anew' 19 "$(audit "count(*) FROM audit WHERE what = 'reload' AND who = 'local'")"
for _ in $(seq 100); do [ "$(audit "count(*) > 0 FROM audit WHERE what = 'reload' AND who = 'SIGHUP'")" = 1 ] && break; sleep 0.05; done
same 'and by a signal' 1 "$(audit "count(*) > 0 FROM audit WHERE what = 'reload' AND who = 'SIGHUP'")"
same 'what changed then' "['busy']" "$(audit "details FROM audit WHERE what = 'reload' ORDER BY id LIMIT 1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["definitions"]["changed"])')"
audit "details, about FROM audit" | grep -q 'wk_\|whsec' && fail "a key is in the audit"
token=$("$usher" -C "$space" token create writer --scopes write --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
same 'who may only write' 403 "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$api")"
same 'who made a token' 1 "$(audit "count(*) FROM audit WHERE what = 'token' AND about = 'writer' AND who LIKE 'uid %'")"
server_stop
