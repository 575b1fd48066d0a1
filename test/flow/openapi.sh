# Every path of docs/openapi.yaml is a route of the server and the other way round, and what
# each answers, good or refused, is what the specification says.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
python3 -c 'import jsonschema, yaml' 2>/dev/null || { echo "skipped: python3-jsonschema and python3-yaml are not installed"; exit 0; }
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: crm_secret}
  bank: {kind: stripe, secret: whsec_test}
outcomes: {paid: {payment: first}}
signals: {invites: 'count("Invite Sent", 14d)'}
qualify:
  team: {aim: paid, must: ['invites >= 2']}
YML
sed -n 's/^ *{"\([A-Z]*\)", "\(\/[^"]*\)".*/\1 \2/p' "$top"/src/server/*.c | grep -v _test | sort -u >"$work/routes"
python3 "$top/test/openapi.py" "$top/docs/openapi.yaml" --routes | sort -u >"$work/paths"
diff "$work/routes" "$work/paths" || fail "routes (<) are not the specification's paths (>)"
server_start "$space"
grep -q '"sources":3' "$server_log" || fail "not all sources are counted: $(cat "$server_log")"
for n in 1 2 3; do answer -u wk_web: "$base/v1/t" -d '{"event":"Invite Sent","userId":"u'$n'","messageId":"q'$n'","context":{"groupId":"acme"}}' >/dev/null; done
for _ in $(seq 100); do [ "$(metric usher_transitions_total)" = 1 ] && break; sleep 0.05; done
token=$("$usher" -C "$space" token create checker --scopes admin --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
reader=$("$usher" -C "$space" token create reader --scopes read --json | sed 's/.*"token":"\([^"]*\)".*/\1/')
python3 "$top/test/openapi.py" "$top/docs/openapi.yaml" "$base" "$token" "$reader" "$space/usher.yml" || fail "answers are not as specified"
server_stop
