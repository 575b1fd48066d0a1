# usher assess: on a simulated company and a real log every number is counted again from
# raw rows, in Python; each verdict is reached by a workspace made for it; cohorts too
# young show no rate; questions that the past cannot answer are refused.
. "$(dirname "$0")/lib.sh"

# ---- by hand: three workspaces, three verdicts ----
event() { # TIME ACCOUNT NAME [USER]
  printf '{"type":"track","messageId":"m%s","userId":"%s","event":"%s","context":{"groupId":"%s"},"timestamp":"%s"}\n' \
    "$((n += 1))" "${4:-u-$2}" "$3" "$2" "$1" >>"$work/e.ndjson"
}
n=0
: >"$work/e.ndjson"
echo "account,at,amount,interval,channel" >"$work/pay.csv"
for i in $(seq 1 40); do
  event "2025-01-$((i % 28 + 1))T08:00:00Z" "a$i" "Signed Up"
  [ "$i" -le 12 ] && event "2025-01-$((i % 28 + 1))T09:00:00Z" "a$i" "Project Published"
  [ "$i" -le 4 ] && echo "a$i,2025-03-0$((i + 1)),20,month,self_serve" >>"$work/pay.csv"
  [ "$i" -le 38 ] && event "2025-0$((i / 5 + 1))-1$((i % 5 + 1))T08:00:00Z" "a$i" "Contact Sales Submitted"
done
sed -i 's/-\([1-9]\)T/-0\1T/' "$work/e.ndjson"
event 2025-08-10T08:00:00Z a1 "Report Viewed"
make() { # NAME ABOUT
  mkdir -p "$work/$1"
  cat >"$work/$1/usher.yml" <<YML
account: {unit: workspace}
events: {activated: "Project Published", hand_raise: "Contact Sales Submitted"}
outcomes: {paid: {payment: first}}
signals: {active: days(14d)}
qualify:
  growing: {kind: pqa, aim: paid, horizon: 30d, must: ["active >= 2"]}
$2
YML
  "$usher" -C "$work/$1" import "$work/e.ndjson" "$work/pay.csv" >/dev/null
}
of() { # WORKSPACE PYTHON ARGUMENTS...: d is the answer, row[KEY] a row
  local space=$1 what=$2
  shift 2
  "$usher" -C "$space" assess --json "$@" >"$work/answer.json" || fail "assess $*"
  python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
row = {r["key"]: r for r in d["rows"]}
print(eval(sys.argv[2]))' "$work/answer.json" "$what"
}
make ready 'about: {contract_value: 18000, pqa_owner: product}'
same "too few are in use, which is a guess" "prerequisites ready True active_accounts" \
  "$(of "$work/ready" '" ".join(map(str, (d["verdict"], d["verdict_of_strong_bars"], d["rests_on_guesses"], d["fix_first"][0])))')"
same "a bar" "5 fail 1000 A" "$(of "$work/ready" '"%d %s %d %s" % (row["active_accounts"]["value"], row["active_accounts"]["is"], row["active_accounts"]["bar"], row["active_accounts"]["strength"])')"
same "what was said" "18000 True pass" "$(of "$work/ready" '"%d %s %s" % (row["contract_value"]["value"], row["contract_value"]["from_about"], row["contract_value"]["is"])')"
# A thousand in use, and nothing is missing.
for i in $(seq 1 1100); do event 2025-08-0$((i % 9 + 1))T08:00:00Z "b$i" "Signed Up"; done
for i in $(seq 1 400); do event 2025-08-0$((i % 9 + 1))T09:00:00Z "b$i" "Project Published"; done
event 2025-08-31T08:00:00Z a1 "Report Viewed"
"$usher" -C "$work/ready" import "$work/e.ndjson" >/dev/null
same "ready" "ready False []" "$(of "$work/ready" '" ".join(map(str, (d["verdict"], d["rests_on_guesses"], [k for k in d["fix_first"] if row[k]["is"] == "fail"])))')"
make lacking 'about: {contract_value: 18000, pqa_owner: marketing}'
same "marketing alone" "prerequisites fail pqa_owner" "$(of "$work/lacking" '" ".join((d["verdict"], row["pqa_owner"]["is"], d["fix_first"][0]))')"
make cheap 'about: {contract_value: 9000, pqa_owner: product}'
same "contracts too small" "prerequisites prerequisites" "$(of "$work/cheap" 'd["verdict"] + " " + d["verdict_of_strong_bars"]')"
make trial 'about: {model: trial, pqa_owner: product}'
same "a trial has another bar" "0.08 0.03" "$(of "$work/trial" 'row["free_to_paid"]["bar"]') $(of "$work/cheap" 'row["free_to_paid"]["bar"]')"
grep -v 'Contact Sales' "$work/e.ndjson" >"$work/quiet.ndjson"
mv "$work/quiet.ndjson" "$work/e.ndjson"
make quiet 'about: {contract_value: 18000, pqa_owner: product}'
same "nobody pulls" "not_yet 0 fail" "$(of "$work/quiet" '"%s %d %s" % (d["verdict"], row["hand_raisers"]["value"], row["hand_raisers"]["is"])')"
make signs 'about: {contract_value: 18000, pqa_owner: product, large_deals: yes, procurement_questions: yes, losing_to_sellers: yes}'
same "signs are a guess" "ready not_yet True" "$(of "$work/signs" '" ".join(map(str, (d["verdict"], d["verdict_of_strong_bars"], d["rests_on_guesses"])))')"
make open 'about: {large_deals: no, procurement_questions: no, losing_to_sellers: no, enterprise_demand: no, expansion_stalls: no, conversion_plateau: yes}'
same "five no: it cannot be three any more" "fail" "$(of "$work/open" 'row["signs_of_demand"]["is"]')"
sed -i 's/, hand_raise: "Contact Sales Submitted"//; s/, expansion_stalls: no//' "$work/open/usher.yml"
same "open is not failed" "prerequisites unanswered unanswered" "$(of "$work/open" '" ".join((d["verdict"], row["hand_raisers"]["is"], row["signs_of_demand"]["is"]))')"

# ---- what is too young shows no rate ----
same "nobody has had a year" "0 True None 1140" "$(of "$work/ready" '" ".join(str(x) for x in (d["funnel"]["expanded"]["of_seen"]["n"], d["funnel"]["expanded"]["too_young"], d["funnel"]["expanded"]["of_seen"]["rate"], d["funnel"]["expanded"]["young"]))')"
same "those of January had their half year, those of August had not" "40 4 1100" "$(of "$work/ready" '"%d %d %d" % (d["funnel"]["paid"]["of_seen"]["n"], d["funnel"]["paid"]["of_seen"]["hits"], d["funnel"]["paid"]["young"])')"
same "less time" "1140" "$(of "$work/ready" 'd["funnel"]["expanded"]["of_seen"]["n"]' --within expanded=10d)"

# ---- refusals ----
refused() { # WHAT WORDS SPACE ARGUMENTS...
  local what=$1 words=$2 space=$3 said
  shift 3
  said=$("$usher" -C "$space" assess "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
mkdir "$work/empty"
cp "$work/ready/usher.yml" "$work/empty/"
refused "no data" "import something first" "$work/empty"
printf 'account,plan,industry\na1,free,software\n' >"$work/accounts.csv"
"$usher" -C "$work/empty" import "$work/accounts.csv" >/dev/null
refused "no event" "usher import FILE" "$work/empty"
refused "a trait where there are none" "accounts.csv" "$work/ready" --segment plan
"$usher" -C "$work/ready" import "$work/accounts.csv" >/dev/null
refused "a trait with a typo" "“industry” meant" "$work/ready" --segment indstry
refused "a trait nobody has" "plan" "$work/ready" --segment zzzzzzzzzzzz
refused "after the data" "1 Jan 2025 to 31 Aug 2025" "$work/ready" --from 2027-01-01 --to 2028-01-01
refused "before the data" "1 Jan 2025 to 31 Aug 2025" "$work/ready" --to 2024-01-01
refused "backwards" "--from" "$work/ready" --from 2025-06-01 --to 2025-05-01
refused "no such stage" "paid=90d" "$work/ready" --within habitual=20d
refused "no length" "paid=90d" "$work/ready" --within paid=90
refused "CSV" "--json" "$work/ready" --csv
sed 's/pqa_owner: product/pqa_owner: prduct, arr: lots, colour: blue/' "$work/ready/usher.yml" >"$work/empty/usher.yml"
refused "about: with mistakes" "usher.yml:7:" "$work/empty"
[[ $("$usher" -C "$work/empty" check 2>&1 | grep -c 'usher.yml:7:') == 3 ]] || fail "each mistake of about: has its place"

# What init writes as comments is right as it stands.
"$usher" init "$work/new" >/dev/null
sed -i '/^# about:/,/^$/s/^# //' "$work/new/usher.yml"
grep -q '^  pqa_owner: product' "$work/new/usher.yml" || fail "init shows about:"
"$usher" -C "$work/new" check >/dev/null || fail "the block that init shows"

# ---- as a page, and in Chinese ----
"$usher" -C "$work/ready" assess --lang zh >"$work/zh"
grep -q '可以开始产品驱动销售' "$work/zh" || fail "not Chinese"
"$usher" -C "$work/ready" assess --html "$work/page.html" --lang both >/dev/null
whole_page "$work/page.html" 12 14 "Ready for product-led sales" 可以开始产品驱动销售 "not known"

# ---- a simulated company: counted again ----
recount() { # WORKSPACE RAW ARGUMENTS...
  local space=$1 raw=$2
  shift 2
  "$usher" -C "$space" assess --json "$@" >"$work/answer.json"
  python3 "$(dirname "$0")/assess_recount.py" "$usher" "$space" "$raw" "$work/answer.json" "$@"
}
space="$work/sim"
mkdir "$space"
"$usher" simulate "$work/raw" --events "${EVENTS:-150000}" --days 400 --seed "${SEED:-3}" --end 2026-01-01 >/dev/null 2>&1
ours=$(grep "^acc7," "$work/raw/accounts.csv" | cut -d, -f7)
cat >"$space/usher.yml" <<YML
account: {unit: workspace, internal: [$ours]}
events:
  activated: ["Project Published", "Integration Connected"]
  hand_raise: "Contact Sales Submitted"
  checkout: "Checkout Started"
outcomes: {paid: {payment: first}}
signals:
  active_users: users(14d)
  invites: count("Invite Sent", 14d)
qualify:
  growing: {kind: pqa, aim: paid, horizon: 60d, who: account.plan == "free" and account.employees >= 20, must: ["active_users >= 3", "invites >= 1"], expires: 45d}
  large: {kind: pqa, aim: paid, must: [active_users >= 5]}
YML
for name in events.ndjson companies.csv accounts.csv payments.csv deals.csv activities.csv mqls.csv; do
  "$usher" -C "$space" import "$work/raw/$name" >/dev/null
done
recount "$space" "$work/raw" || fail "the simulated company, counted again"
recount "$space" "$work/raw" --from 2025-03-10 --to 2025-11-20T12:00:00Z --segment industry --within paid=60d --within expanded=120d || fail "a part of it"

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }

# ---- a real log, with leads and touches made up beside it ----
space="$work/real"
mkdir "$space" "$work/made"
cp "$(dirname "$0")/../../examples/callmemaybe/usher.yml" "$space/"
sed -i 's/^events:/events:\n  hand_raise: "Internal Call Out Missed"\n  pricing: ["Call In Missed"]/' "$space/usher.yml"
"$usher" -C "$space" import "$shared/data/callmemaybe/callmemaybe.ndjson.gz" >/dev/null
"$usher" -C "$space" query --csv "SELECT DISTINCT account FROM events_now ORDER BY 1" | tr -d '\r' | tail -n +2 >"$work/keys"
python3 - "$work/keys" "$work/made" <<'PY'
import datetime, random, sys

keys = open(sys.argv[1]).read().split()
random.seed(4)
day = lambda: (datetime.datetime(2019, 8, 5) + datetime.timedelta(seconds=random.randrange(90 * 86400))).isoformat() + "Z"
with open(sys.argv[2] + "/mqls.csv", "w") as f:
    print("contact,account,at,source", file=f)
    for k in random.sample(keys, 260):
        print(f"someone@{k}.example,{k},{day()},webinar", file=f)
    print(f"nobody@norvik.example,elsewhere,{day()},webinar", file=f)
with open(sys.argv[2] + "/activities.csv", "w") as f:
    print("activity_id,account,contact,at,kind,direction,owner,subject", file=f)
    for i, k in enumerate(random.sample(keys, 300)):
        print(f"t{i},{k},,{day()},{'ticket' if i % 5 == 0 else 'call'},out,rep1,Hello", file=f)
PY
"$usher" -C "$space" import "$work/made/mqls.csv" "$work/made/activities.csv" >/dev/null
recount "$space" "$work/made" --segment tariffPlan --within expanded=60d || fail "the real log, counted again"
