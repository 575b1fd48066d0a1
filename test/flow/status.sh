# What status, explain and SQL say of people, of money that cannot be counted, of those
# who are internal, and of what could not be understood.
. "$(dirname "$0")/lib.sh"
space="$work/s"
mkdir -p "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace, internal: [ours.com]}
currency: {report: USD, rates: {EUR: 1.25}}
signals: {active: users(14d)}
qualify:
  q: {kind: pqa, must: [active >= 1, account.mrr > 10], score: {usage: [50 if active >= 1]}}
YML
cat >"$work/e.ndjson" <<'NDJSON'
{"type":"track","event":"Login","userId":"u1","messageId":"1","context":{"groupId":"a1"},"timestamp":"2025-12-20T10:00:00Z"}
{"type":"track","event":"Login","anonymousId":"x1","messageId":"2","timestamp":"2025-12-20T11:00:00Z"}
{"type":"alias","userId":"u2","previousId":"x1","messageId":"3","timestamp":"2025-12-20T12:00:00Z"}
{"type":"track","event":"Login","userId":"me@ours.com","messageId":"4","context":{"groupId":"a1"},"timestamp":"2025-12-21T10:00:00Z"}
{"type":"track","userId":"u1","writeKey":"QQ","timestamp":"2025-12-20T10:00:00Z"}
NDJSON
printf '%s\n' 'account,at,amount,currency,interval' 'a1,2025-12-15,20,USD,month' 'a1,2025-12-15,8,eur,month' \
  'a1,2025-12-16,300,CHF,month' 'a1,2025-12-17,99,USD,' >"$work/pay.csv"
"$usher" -C "$space" import "$work/e.ndjson" "$work/pay.csv" >/dev/null

"$usher" -C "$space" status --json >"$work/status.json"
same "status --json is one document" "1" "$(wc -l <"$work/status.json" | tr -d ' ')"
of() { # PYTHON EXPRESSION over d
  python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); f = d["figures"]; print(eval(sys.argv[2]))' "$work/status.json" "$1"
}
same "semantics 17: u1, u2, me@ours.com; x1 belongs to u2" "3 0" "$(of '"%d %d" % (f["users"]["value"], f["anonymous"]["value"])')"
same "payments without a rate and without a period" "1 1" "$(of '"%d %d" % (f["no_rate"]["value"], f["no_period"]["value"])')"
same "events of ours" "1" "$(of 'f["internal"]["value"]')"
same "a share" "0.25" "$(of 'f["no_rate"]["share"]')"
same "names, sources, dead letters, journal" "3 import True event.no_name 1 True" \
  "$(of '" ".join(str(x) for x in (d["events"][0]["events"], d["sources"][0]["source"], d["sources"][0]["silent"], d["dead_letters"][0]["reason"], d["dead_letters"][0]["letters"], d["journal"]["text_bytes"] > 500))')"
"$usher" -C "$space" status >"$work/out"
grep -q 'without a rate' "$work/out" || fail "status says which payments have no rate"
grep -q 'no name' "$work/out" || { cat "$work/out"; fail "status says why in words"; }
same "status --csv is one table" "1" "$("$usher" -C "$space" status --csv | grep -c '^figure,')"

# MRR: 20 + 8 x 1.25; the franc and the payment without a period are said, not counted.
"$usher" -C "$space" explain a1 >"$work/out"
grep -q 'MRR 30 USD' "$work/out" || { cat "$work/out"; fail "MRR is of what can be counted"; }
grep -q '1 payment is in a currency without a rate' "$work/out" || fail "explain says what it leaves out"
grep -q '1 paid payment covers no period' "$work/out" || fail "explain says what has no period"
same "and so for machines" "30 1 1" "$("$usher" -C "$space" explain a1 --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["mrr"], d["payments_left_out"]["no_rate"], d["payments_left_out"]["no_period"])')"

same "internal is a flag of the views" "1" "$(cell "$space" "SELECT count(*) FROM events_now WHERE internal")"
sed -i 's/internal: \[ours.com\]/internal: [other.com]/' "$space/usher.yml"
same "which follows usher.yml" "0" "$(cell "$space" "SELECT count(*) FROM events_now WHERE internal")"
