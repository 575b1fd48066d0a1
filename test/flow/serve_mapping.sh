# A mapping of companies holds from the moment it is known, made, replaced or undone, and
# values of before do not know of it: what a server decided meanwhile is what a replay says,
# whether an account is told by its people's addresses, by its name or by its votes; and of
# its payments and deals, as of what it does. An imported one holds from its own `received`
# on, in replays and in SQL.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
export CRM_KEY=crm
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: company}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: '${CRM_KEY}'}
outcomes:
  won: {deal: won}
signals:
  used: count("E", 400d)
  income: account.mrr
qualify:
  team: {kind: pqa, must: [used >= 2]}
  planned: {kind: pqa, who: account.plan == "pro", must: ['days(400d) >= 1']}
  rich: {kind: pqa, who: income > 0, must: ['days(400d) >= 1']}
  sold: {kind: pqa, aim: won, must: ['days(400d) >= 1']}
YML
post() { # PATH KEY BODY
  local said
  said=$(answer -H "Authorization: Bearer $2" "$base$1" -d "$3")
  [ "${said%% *}" = 200 ] || fail "$1 is answered $said"
  loaded
  evaluated
}
told_of() { # DEFINITION CHANGE
  state "SELECT account FROM transitions WHERE definition = '$1' AND change = '$2' ORDER BY t, account"
}
entered() { # DEFINITION
  told_of "$1" entered
}
server_start "$space"
event='"type":"track","event":"E"'
post /v1/batch wk_web '{"batch":[
  {"type":"identify","userId":"u1","messageId":"i1","traits":{"email":"ada@acme.com"}},
  {"type":"identify","userId":"u2","messageId":"i2","traits":{"email":"bo@other.com"}},
  {'"$event"',"userId":"u1","messageId":"e1"},
  {'"$event"',"userId":"u1","messageId":"e2"},
  {'"$event"',"userId":"u1","messageId":"g1","context":{"groupId":"w1"}},
  {'"$event"',"userId":"u2","messageId":"g2","context":{"groupId":"w1"}}]}'
post /v1/accounts crm '[{"account":"w1","plan":"pro"}]'
same "before" acme.com "$(entered team)"
same "by votes, before" acme.com "$(entered planned)"
post /v1/payments crm '[{"account":"w1","at":"'"$(date -u +%FT%TZ)"'","amount":100,"interval":"month","payment_id":"p1"}]'
post /v1/deals crm '[{"deal_id":"d1","account":"w1","stage":"won","stage_at":"'"$(date -u +%FT%TZ)"'"}]'
same "money, before" acme.com "$(entered rich)"
same "a deal, before" acme.com "$(told_of sold converted)"
post /v1/companies crm '[{"company":"Acme","account":"w9","domain":"acme.com"}]'
same "mapped" "acme.com Acme" "$(entered team)"
same "by votes" "acme.com Acme" "$(entered planned)"
same "money" "acme.com Acme" "$(entered rich)"
link=$(cell "$space" "SELECT seq FROM links WHERE kind = 'company' AND from_key = 'acme.com'")
post /v1/companies crm '[{"company":"Bolt","account":"w8","domain":"acme.com"}]'
same "replaced" "acme.com Acme Bolt" "$(entered team)"
same "money, replaced" "acme.com Acme Bolt" "$(entered rich)"
last=$(cell "$space" "SELECT seq FROM links WHERE kind = 'company' AND to_key = 'Bolt' AND from_key = 'acme.com'")
post /v1/companies crm '[{"company":"Other","account":"w1"}]'
same "by its name" "acme.com Acme Bolt Other" "$(entered planned)"
post /v1/companies crm '[{"company":"Group","account":"Other"}]'
same "its company is another's" "acme.com Acme Bolt Other Group" "$(entered planned)"
"$usher" -C "$space" links --undo "$last" >/dev/null
"$usher" -C "$space" links --undo "$link" >/dev/null
loaded
evaluated
post /v1/t wk_web '{"event":"Last","userId":"u3","messageId":"l1"}'
same "undone" acme.com "$(cell "$space" "SELECT DISTINCT account FROM events_now WHERE event = 'E' AND account <> 'Group'")"
server_stop
"$usher" -C "$space" firings --json >"$work/replayed"
python3 "$(dirname "$0")/told.py" "$space/data/state.sqlite" "$work/replayed" 4 20 rich Bolt '' >"$work/told" ||
  { cat "$work/told"; fail "what was decided is not what a replay says"; }
before=$("$usher" -C "$space" firings --csv)
"$usher" -C "$space" rebuild >/dev/null
same "read anew" "$before" "$("$usher" -C "$space" firings --csv)"

# ---- imported, known in the past
past=$work/past
mkdir "$past"
cp "$space/usher.yml" "$past"
cat >"$work/events.ndjson" <<'ND'
{"type":"identify","userId":"u1","messageId":"i1","timestamp":"2026-03-01T08:00:00Z","traits":{"email":"ada@acme.com"}}
{"type":"track","event":"E","userId":"u1","messageId":"e1","timestamp":"2026-03-01T09:00:00Z"}
{"type":"track","event":"E","userId":"u1","messageId":"e2","timestamp":"2026-03-02T09:00:00Z"}
{"type":"track","event":"E","userId":"u1","messageId":"e3","timestamp":"2026-03-09T09:00:00Z"}
ND
printf 'company,account,domain,received\nAcme,w9,acme.com,2026-03-05T12:00:00Z\n' >"$work/companies.csv"
printf 'account,at,amount,interval,payment_id\nw9,2026-03-01T10:00:00Z,100,month,p1\n' >"$work/payments.csv"
printf 'deal_id,account,stage,stage_at\nd1,w9,won,2026-03-01T10:00:00Z\n' >"$work/deals.csv"
"$usher" -C "$past" import "$work/events.ndjson" "$work/companies.csv" "$work/payments.csv" "$work/deals.csv" >/dev/null
same "a replay" "acme.com 2026-03-02T09:00:00Z Acme 2026-03-05T12:00:00Z" "$("$usher" -C "$past" firings --json |
  python3 -c 'import json, sys; print(*(f["account"] + " " + f["at"] for f in map(json.loads, sys.stdin) if f["what"] == "entered" and f["definition"] == "team"))')"
by_sql() { # SIGNAL AT
  "$usher" -C "$past" query --csv "$("$usher" -C "$past" sql "$1" --at "$2")" | tail -n +2 | tr -d '\r' | tr '\n' ' '
}
same "SQL, before" "acme.com,2 w9,0 " "$(by_sql used 2026-03-04)"
same "SQL, from then on" "Acme,2 acme.com,0 w9,0 " "$(by_sql used 2026-03-06)"
same "money by SQL, before" "acme.com, w9,100 " "$(by_sql income 2026-03-04)"
same "money by SQL, from then on" "Acme,100 acme.com, w9, " "$(by_sql income 2026-03-06)"
deals_seen() { # AT
  cell "$past" "SELECT string_agg(a.key) FROM seen_deals d JOIN accounts a ON a.id = d.account WHERE from_known <= '$1' AND '$1' < to_known"
}
same "a deal by SQL, before" w9 "$(deals_seen 2026-03-04)"
same "a deal by SQL, from then on" Acme "$(deals_seen 2026-03-06)"
explained() { # ACCOUNT AT
  "$usher" -C "$past" explain "$1" --at "$2" | sed -n 's/^\(team: [a-z]*\).*/\1/p'
}
same "explained, before" "team: qualified" "$(explained acme.com 2026-03-04)"
same "explained, from then on" "team: qualified" "$(explained Acme 2026-03-06)"
same "and no more under the domain" "team: cooling" "$(explained acme.com 2026-03-06)"
