# What a CRM or a billing system posts is what `usher query` shows, row by row; a write
# key, which browsers show to anybody, opens none of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: '${CRM_KEY}'}
signals: {calls: users(14d)}
YML
unset CRM_KEY
"$usher" -C "$work/space" check >"$work/said" || fail "a value that is not set is no mistake"
grep -q 'usher.yml:4:.*warning: ${CRM_KEY} is empty' "$work/said" || fail "check does not say what is not set: $(cat "$work/said")"
export CRM_KEY=crm_secret
"$usher" -C "$work/space" check | grep -q CRM_KEY && fail "it is set"
server_start "$work/space"
crm() { # PATH BODY
  answer -H "Authorization: Bearer $CRM_KEY" "$base/v1/$1" --data-binary "$2"
}
one() { # what a request of N good rows is answered
  printf '200 {"added":%d,"repeats":0,"rejected":0,"rows":[]}' "$1"
}
same deal "$(one 1)" "$(crm deals '{"deal_id":"d1","account":"acme","stage":"demo","stage_at":"2026-01-05T10:00:00Z","arr":24000,"channel":"sales-led"}')"
same payments "$(one 2)" "$(crm payments '[{"account":"acme","at":"2026-01-02","amount":120,"currency":"EUR","interval":"monthly","payment_id":"p1"},{"account":"acme","at":"2026-01-09","amount":"20.50","status":"refunded","payment_id":"p1"}]')"
same lines "$(one 2)" "$(crm activities "$(printf '{"account":"acme","at":"2026-01-05","kind":"call","direction":"out"}\n{"account":"acme","at":"2026-01-06","kind":"e-mail","contact":"ada@acme.com"}\n')")"
same contact "$(one 1)" "$(crm contacts '{"email":"ada@acme.com","account":"acme","title":"Head of Ops"}')"
same traits "$(one 1)" "$(crm accounts '{"account":"acme","plan":"pro","employees":120}')"
same repeat '200 {"added":0,"repeats":1,"rejected":0,"rows":[]}' "$(crm payments '{"account":"acme","at":"2026-01-02","amount":120,"currency":"EUR","interval":"monthly","payment_id":"p1"}')"
crm deals '[{"deal_id":"d2","account":"acme"},{"deal_id":"d3","account":"acme","stage":"won","colour":"red"}]' >"$work/mixed"
grep -q '^200 {"added":1,"repeats":0,"rejected":1,"rows":\[{"index":0,"reason":"import.empty","message":"[^"]*stage[^"]*"},{"index":1,"ignored":\["colour"\]}\]}$' "$work/mixed" || fail "a bad row among good ones: $(cat "$work/mixed")"
crm deals '{"deal_id":"d2"' | grep -q '^400 ' || fail "half a body"
answer -u wk_web: "$base/v1/payments" -d '{"account":"acme","at":"2026-01-02","amount":1000000}' | grep -q '^401 ' || fail "a write key makes payments"
answer -u "$CRM_KEY:" "$base/v1/t" -d '{"event":"X","userId":"u"}' | grep -q '^401 ' || fail "a key of records sends events"
curl -s -i -X OPTIONS -H 'Origin: https://a.example' "$base/v1/payments" | grep -qi 'access-control-allow' && fail "pages may post payments"
same counted '8 1 1' "$(for n in lines repeats rejected; do metric "usher_records_${n}_total"; done | tr '\n' ' ' | sed 's/ $//')"
server_stop

# The same rows as a file: what has an id counts once.
printf 'account,at,amount,currency,interval,payment_id\nacme,2026-01-02,120,EUR,month,p1\nacme,2026-02-02,120,EUR,month,p2\n' >"$work/payments.csv"
"$usher" -C "$work/space" import "$work/payments.csv" >/dev/null
rows() {
  "$usher" -C "$work/space" query --csv "$1" | tail -n +2 | tr -d '\r' | tr '\n' ' '
}
same 'payments shown' 'p1,paid,120 p1,refunded,20.5 p2,paid,120 ' "$(rows "SELECT payment_id, coalesce(status, 'paid') AS s, sum(amount)::DECIMAL(9,1) FROM payments_view GROUP BY ALL ORDER BY ALL")"
same 'deals shown' 'd1,demo,24000,sales d3,won,NULL,NULL ' "$(rows "SELECT deal_id, stage, arr::INT, channel FROM deals_view ORDER BY ALL" | sed 's/,,/,NULL,/g; s/, /,NULL /g')"
same 'activities shown' 'call,out email,NULL ' "$(rows "SELECT kind, direction FROM activities_view ORDER BY happened" | sed 's/, /,NULL /g')"
same 'traits shown' 'employees,120 plan,pro ' "$(rows "SELECT trait, value FROM account_traits_now WHERE account = 'acme' ORDER BY ALL")"
same 'contacts shown' 1 "$(cell "$work/space" "SELECT count(*) FROM contacts_view WHERE title = 'Head of Ops'")"
