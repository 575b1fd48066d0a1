# usher ceiling: the binned tables recounted from raw rows of payments; companies with a
# planted ceiling, in which it is found, and without, in which it is not; what cannot be
# asked is refused, what cannot be told is said to be.
. "$(dirname "$0")/lib.sh"

space="$work/hand"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
currency: {report: USD, rates: {EUR: 1}}
costs: {rep_hour: 50, hours_per_deal: 6, win_rate: 25%}
prices: {starter: {month: 20}, team: {seat_month: 10}}
YML
ask() { "$usher" -C "$space" ceiling "$@"; }
refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$(ask "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
json() { # PATH ARGUMENTS...: a value of the answer
  local path=$1
  shift
  ask --json "$@" | python3 -c "
import json, sys
v = json.load(sys.stdin)
for key in '$path'.split('.'):
    v = v[int(key)] if isinstance(v, list) else v[key]
print(json.dumps(v) if isinstance(v, (dict, list)) else v)"
}
reload() { # ROWS: nothing but these payments
  rm -rf "$space/data"
  printf 'account,at,amount,currency,status,method,channel,interval,period_start,period_end,tax,quantity,plan,invoice_id\n%s\n' "$1" >"$work/p.csv"
  "$usher" -C "$space" import "$work/p.csv" >/dev/null
}

# ---- what cannot be asked ----
printf '{"type":"track","event":"Login","userId":"u","messageId":"1","context":{"groupId":"a"},"timestamp":"2025-06-01T00:00:00Z"}\n' >"$work/e.ndjson"
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null
refused "no payments" "no payments are known"
reload 'a,2025-03-01,100,GBP,paid,card,self_serve,month,2025-03-01,2025-04-01,0,1,,i1'
refused "no rate" "no rate for GBP"
reload 'a,2025-03-01,100,USD,paid,card,self_serve,,,,0,1,,i1'
refused "no period" "which period"
reload 'a,2025-03-01,100,USD,paid,card,self_serve,month,2025-03-01,2025-04-01,0,1,,i1'
refused "nobody in the period" "nobody paid" --from 2025-06-01 --to 2025-07-01
refused "before anything" "no payments are known" --to 2025-01-01
refused "the wrong way round" "--from" --from 2025-06-01 --to 2025-05-01
refused "too few draws" "100" --draws 5

# ---- by hand: who is in it, and what cannot be told ----
reload 'card,2025-03-01,120,USD,paid,card,self_serve,month,2025-03-01,2025-04-01,20,1,,c1
card,2025-04-01,180,USD,failed,card,self_serve,month,2025-04-01,2025-05-01,30,1,,c2
card,2025-04-04,180,USD,paid,card,self_serve,month,2025-04-01,2025-05-01,30,1,,c2
two,2025-03-01,1200,USD,paid,invoice,sales,year,2025-03-01,2026-03-01,0,1,,t1
two,2025-04-01,100,USD,paid,card,self_serve,month,2025-04-01,2025-05-01,0,1,,t2
euro,2025-03-05,1200,EUR,paid,invoice,sales,year,2025-03-05,2026-03-05,0,1,,e1
back,2025-03-05,50,USD,paid,card,self_serve,month,2025-03-05,2025-04-05,0,1,,b1
back,2025-03-09,50,USD,refunded,card,self_serve,month,2025-03-05,2025-04-05,0,1,,b1
never,2025-03-05,50,USD,failed,card,self_serve,month,2025-03-05,2025-04-05,0,1,,n1
pound,2025-03-05,50,GBP,paid,card,self_serve,month,2025-03-05,2025-04-05,0,1,,g1
once,2025-03-05,50,USD,paid,card,self_serve,,,,0,1,,o1
starter,2025-04-01,20,USD,paid,card,self_serve,month,2025-04-01,2025-05-01,0,1,starter,s1
gone,2024-03-05,50,USD,paid,card,self_serve,month,2024-03-05,2024-04-05,0,1,,x1'
to="--to 2025-04-20 --from 2025-01-01"
same accounts 4 "$(json accounts $to)"
same "left out" '{"never_paid": 1, "no_rate": 1, "no_period": 1, "kept_nothing": 1, "ended_before": 1}' "$(json excluded $to)"
same "rows left out" '{"no_rate": 1, "no_period": 1}' "$(json payments_excluded $to)"
same "by method" '{"invoice": {"accounts": 1, "payments": 2}, "card": {"accounts": 3, "payments": 5}}' "$(json by_method $to | python3 -c 'import json,sys; d=json.load(sys.stdin); print(json.dumps({k: d[k] for k in ("invoice", "card")}))')"
same "the last bill says how, all of them how much" 1 "$(json bins $to | python3 -c "
import json, sys
print(sum(b['by_card'] for b in json.load(sys.stdin) if b['from'] < 2400 <= b['to']))")"
same "a list price is taken out" 1 "$(json at_list_price $to)"
same "tries, of those too that never paid" 7 "$(json card_tries $to)"
same "known by the end alone" 6 "$(json card_tries --to 2025-04-02 --from 2025-01-01)"
same "a value without tax" 1800 "$(json bins $to | python3 -c "
import json, sys
print(next(1800 for b in json.load(sys.stdin) if b['from'] < 1800 <= b['to'] and b['by_card'] == 1))")"
for row in 0 1 2 3; do same "row $row" cannot_tell "$(json "rows.$row.verdict" $to)"; done
same "too few others" one_method "$(json rows.0.lacks $to)"
same "a default, named" default "$(json ceiling.by $to)"
[[ $(json ceiling.source $to) == *Verna* ]] || fail "the default has no source"
same "the floor: 50 × 6 × 4 ÷ 25 %" 4800 "$(json floor.value $to)"
same "a ceiling above the floor" ceiling_above_floor "$(json band.order $to)"
sed -i 's/^costs:.*/costs: {rep_hour: 50, hours_per_deal: 15, win_rate: 25%}/' "$space/usher.yml"
same "a floor above the ceiling" '{"order": "ceiling_below_floor", "low": 10000, "high": 12000}' "$(json band $to)"
sed -i '/^costs:/d' "$space/usher.yml"
same "no costs" default "$(json floor.by $to)"
ask $to --lang zh >"$work/zh"
grep -q 无法判断 "$work/zh" || fail "not Chinese"
[[ $(ask $to) == *"too few failed card payments"* ]] || fail "what it lacks is not said"
same "CSV is of the bins" "from,to,accounts,by_card,share_falling,unlisted,expected,tries,failed,quarters,growth_sum" "$(ask $to --csv | head -n 1 | tr -d '\r')"

# ---- simulated companies ----
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
currency: {report: USD, rates: {EUR: 1}}
YML
company() { # SEED MORE...: payments alone are imported
  local seed=$1
  shift
  rm -rf "$work/sim" "$space/data"
  "$usher" simulate "$work/sim" --events 3000000 --seed "$seed" "$@" >/dev/null
  "$usher" -C "$space" import "$work/sim/payments.csv" >/dev/null
}
inside() { # ANSWER: how many rows that are found, and their ceiling, hold the planted one
  python3 - "$1" "$work/sim/truth.json" <<'PY'
import json, math, sys

d, truth = (json.load(open(p)) for p in sys.argv[1:])
planted = truth["ceiling"]["annual_value"]


def holds(ends):
    high = math.inf if ends[1] is None else ends[1]
    return ends[0] is not None and ends[0] * (1 - 1e-9) <= planted <= high * (1 + 1e-9)


rows = [r for r in d["rows"] if r["verdict"] == "found"]
print(len(rows), sum(holds(r["ci95"]) for r in rows), int(holds(d["ceiling"]["ci95"])), d["ceiling"]["by"])
PY
}
found=0 hold=0 tops=0
for seed in 1 2 3; do
  company "$seed"
  ask --json --draws 400 >"$work/$seed.json"
  read -r rows held top by <<<"$(inside "$work/$seed.json")"
  [ "$rows" -ge 2 ] || fail "seed $seed: $rows rows find the ceiling"
  found=$((found + rows)) hold=$((hold + held)) tops=$((tops + top))
done
# Of 95 % intervals one in twenty misses; three of a dozen would be one in fifty companies.
[ $((found - hold)) -le 2 ] || fail "of $found rows $hold hold the planted ceiling"
[ "$tops" -ge 2 ] || fail "of 3 ceilings $tops hold the planted one"

# ---- the page, of the last of them ----
ask --html "$work/page.html" --lang both >/dev/null
whole_page "$work/page.html" 8 6 "Self-serve stops" 自助购买

# ---- the tables, from raw rows ----
python3 - "$work/sim/payments.csv" "$work/3.json" <<'PY' || fail "the tables differ from a recount"
import collections, csv, datetime, json, math, sys

day = datetime.timedelta(days=1)
answer = json.load(open(sys.argv[2]))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=datetime.timezone.utc)


to = moment(answer["to"])
accounts = collections.defaultdict(list)
for r in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    r.update(at=moment(r["at"]), start=moment(r["period_start"]), end=moment(r["period_end"]),
             months=12 if r["interval"] == "year" else 1, net=round(float(r["amount"]) - float(r["tax"]), 2))
    accounts[r["account"]].append(r)


def kept(rows, r):
    """What of its net was not given back, as the last row knows."""
    back = [x for x in rows if x["invoice_id"] == r["invoice_id"]]
    if any(x["status"] == "disputed" for x in back):
        return 0
    return max(r["net"] - sum(x["net"] for x in back if x["status"] == "refunded"), 0)


def covering(rows, t):
    return [r for r in rows if r["status"] == "paid" and r["at"] <= t and r["start"] <= t < r["end"]]


def arr(rows, t):
    known = [r for r in rows if r["at"] <= t]
    return round(sum(kept(known, r) * 12 / r["months"] for r in covering(rows, t)), 6)


def number(value):
    return math.ceil(100 * math.log10(value) - 1e-9)


def sold(rows, t):
    return covering(rows, t)[-1]["channel"] == "sales"


bins = collections.defaultdict(collections.Counter)
unlisted, flat, growths, ended, moved, kept_nothing = [], [], [], 0, 0, 0
for rows in accounts.values():
    rows.sort(key=lambda r: r["at"])
    for r in rows:
        if r["method"] == "card" and r["status"] in ("paid", "failed") and r["at"] <= to:
            b = bins[number(r["net"] * 12 / r["months"])]
            b["tries"] += 1
            b["failed"] += r["status"] == "failed"
    paid = [r for r in rows if r["status"] == "paid" and r["start"] <= to]
    if not paid:
        continue
    last = min(max(r["end"] for r in paid) - datetime.timedelta(microseconds=1), to)
    value = arr(rows, last)
    if value <= 0:
        kept_nothing += 1
        continue
    bill = covering(rows, last)[-1]
    b = bins[number(value)]
    b["accounts"] += 1
    b["by_card"] += bill["method"] == "card"
    if bill["channel"] != "sales":
        own = bill["net"] * 12 / bill["months"]
        seats = int(bill["quantity"]) if abs(own - value) < 1e-6 * value else 0
        (unlisted if seats > 1 else flat).append((value, seats))
    end = to
    while end - 91 * day >= rows[0]["at"]:
        begin = end - 91 * day
        before, after = arr(rows, begin), arr(rows, end)
        if before > 0 and not sold(rows, begin):
            if after <= 0:
                ended += 1
            elif sold(rows, end):
                moved += 1
            else:
                growths.append((before, min(max(math.log(after / before), -math.log(2)), math.log(2))))
        end = begin
growths.sort()
at = 0.25 * (len(growths) - 1)
low, high = growths[math.floor(at)][0], growths[math.ceil(at)][0]
quartile = low + (high - low) * (at - math.floor(at))
for value, growth in growths:
    if value >= quartile:
        bins[number(value)]["quarters"] += 1
        bins[number(value)]["growth_sum"] += growth
counts = collections.Counter(round(v, 2) for v, _ in flat)
amounts = sorted(counts)


def is_spike(v):
    """Paid far more often than the other amounts about it."""
    others = [counts[x] for x in amounts if x != v and v / math.exp(0.2) <= x <= v * math.exp(0.2)]
    mean = max(sum(others) / len(others) if others else 0, 1)
    below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(counts[v]))
    return counts[v] >= 5 and 1 - below < 1e-3


spikes = {v for v in amounts if is_spike(v)}
listed = sum(counts[v] for v in spikes)
for v, _ in flat:
    if round(v, 2) not in spikes:
        bins[number(v)]["unlisted"] += 1
least = min(n for n, b in bins.items() if b)
for v, seats in unlisted:
    n, high, floor = number(v), v, v - v / seats
    while high > floor + 1e-9:
        low = max(10 ** ((n - 1) / 100) if n > least else 0, floor)
        bins[n]["unlisted"] += max(high - low, 0) / (v / seats)
        high, n = min(high, low), n - 1

got = {number(b["to"]): b for b in answer["bins"]}
for n in sorted(set(bins) | set(got)):
    for key in ("accounts", "by_card", "tries", "failed", "quarters", "growth_sum", "unlisted"):
        mine, theirs = bins[n][key], got.get(n, {}).get(key, 0)
        if abs(mine - theirs) > 1e-6:
            sys.exit(f"up to {10 ** (n / 100):.0f}: {key} {theirs}, recounted {mine}")
heads = (listed, kept_nothing, ended, moved, sum(b["accounts"] for b in bins.values()))
theirs = (answer["at_list_price"], answer["excluded"]["kept_nothing"], answer["quarters_excluded"]["ended"],
          answer["quarters_excluded"]["moved_to_sales"], answer["accounts"])
if heads != theirs:
    sys.exit(f"{theirs}, recounted {heads}")
inside = sorted(k for k, rows in accounts.items() if answer["band"]["low"] <= arr(rows, to) <= answer["band"]["high"])
if sorted(a["account"] for a in answer["accounts_in_band"]) != inside or not inside:
    sys.exit("other accounts are in the band")
PY

# ---- nothing planted, nothing found ----
for seed in 1 2; do
  company "$seed" --nothing
  same "nothing, seed $seed" none "$(json ceiling.by --draws 400)"
done
