# usher review: every number worked out again from firings and raw rows, by the clock of a
# time zone; gates are what backtest says of them alone; what is planted (a jump, a gate
# that means nothing) is found, and nothing is proposed where nothing is; refusals.
. "$(dirname "$0")/lib.sh"

space="$work/sim"
mkdir "$space"
cat >"$space/usher.yml" <<'Y'
account: {unit: workspace}
calendar: {time_zone: America/New_York}
events: {hand_raise: "Contact Sales Submitted"}
outcomes: {paid: {payment: first}}
signals:
  invites: count("Invite Sent", 14d)
  limits: count("Limit Reached", 14d)
  team: users(14d)
  letters: count("Letter Opened", 7d)
  polls: count("Poll Answered", 7d)
qualify:
  growing: {kind: pqa, aim: paid, horizon: 30d, who: "coalesce(account.employees, 0) < 150", must: [invites >= 3, team >= 2], score: {usage: [50 if limits >= 1]}, expires: 60d}
  lettered: {kind: pqa, aim: paid, horizon: 30d, must: [letters >= 1], expires: 20d}
  polled: {kind: pqa, must: [polls >= 1], expires: 20d}
  buyer: {kind: pql, within: growing, must: [days(14d) >= 3]}
Y
"$usher" simulate "$work/files" --events 250000 --days 300 --seed 3 >/dev/null 2>&1
for name in events.ndjson companies.csv payments.csv deals.csv activities.csv; do
  "$usher" -C "$space" import "$work/files/$name" >/dev/null
done
# Letters are opened by anybody at any time after the first day: they mean nothing. Polls
# are answered by ten accounts a week, and by sixty in the last.
"$usher" -C "$space" query --csv "SELECT account, epoch(min(known))::BIGINT AS t FROM event_log WHERE account IS NOT NULL AND NOT internal GROUP BY 1 ORDER BY 1" >"$work/accounts.csv"
python3 - "$work" <<'P'
import csv, datetime, json, random, sys

work, draw = sys.argv[1], random.Random(4)
accounts = [(r["account"], int(r["t"])) for r in csv.DictReader(open(work + "/accounts.csv"))]
end = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp()
last = datetime.datetime(2025, 12, 22, 6, tzinfo=datetime.timezone.utc).timestamp()
n = 0


def event(account, name, t, out):
    global n
    n += 1
    at = datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    out.write(json.dumps({"type": "track", "messageId": f"x{n}", "event": name, "userId": "u-" + account,
                          "context": {"groupId": account}, "timestamp": at}) + "\n")


with open(work + "/more.ndjson", "w") as out:
    for account, t in accounts:
        while (t := t + 86400 + draw.expovariate(1 / (70 * 86400))) < end:
            event(account, "Letter Opened", int(t), out)
    for week in range(20):
        for account, t in draw.sample([a for a in accounts if a[1] < last - week * 604800], 60 if week == 0 else 10):
            event(account, "Poll Answered", int(last - week * 604800 + draw.random() * 550000), out)
P
"$usher" -C "$space" import "$work/more.ndjson" >/dev/null
ours() { "$usher" -C "$space" "$@"; }
ours review --json --capacity 5/week >"$work/review.json"
ours review --json --week 2025-12-25 --capacity 5 >"$work/again.json"
cmp -s "$work/review.json" "$work/again.json" || fail "a day of the week is not the week"
ours firings --to 2025-12-29T04:59:59.999999Z --json | python3 -c '
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(json.dumps([r["definition"], r["account"], r.get("user"), r["what"], r["reason"], r["at"]]))' >"$work/firings"
ours query --json "SELECT account, kind, happened, known FROM activities_view" >"$work/activities"
ours query --json "SELECT account, first_touch, created, happened, known FROM deals_view" >"$work/deals"
ours query --json "SELECT account, min(known) AS known FROM payments_view WHERE coalesce(status, 'paid') = 'paid' AND amount - coalesce(tax, 0) > 0 GROUP BY 1" >"$work/paid"
ours query --json "SELECT account, min(known) AS seen FROM (SELECT account, known FROM event_log UNION ALL SELECT account, known FROM account_traits UNION ALL SELECT account, known FROM payments_view) GROUP BY 1" >"$work/seen"
ours query --json "SELECT account, event, happened FROM events_now WHERE account IS NOT NULL AND NOT internal AND happened >= TIMESTAMP '2025-11-20'" >"$work/events"
python3 - "$work" <<'P' || fail "numbers of the review"
import collections, datetime, json, sys, zoneinfo

work = sys.argv[1]
review = json.load(open(work + "/review.json"))
zone = zoneinfo.ZoneInfo("America/New_York")
utc = datetime.timezone.utc
bad = []


def hold(what, got, want):
    if got != want:
        bad.append((what, got, want))


def when(text):
    if text is None:
        return None
    t = datetime.datetime.fromisoformat(text.replace("Z", "").replace(" ", "T"))
    return t.replace(tzinfo=utc) if t.tzinfo is None else t


def rows(name):
    return [json.loads(line) for line in open(work + "/" + name)]


monday = datetime.datetime(2025, 12, 22, tzinfo=zone)
edges = [(monday - datetime.timedelta(days=7 * k)).astimezone(utc) for k in range(-1, 9)]  # wall clock
hold("week", (review["week"], when(review["from"]), when(review["to"])), ("2025-W52", edges[1], edges[0]))
end = edges[0] - datetime.timedelta(microseconds=1)

lives = collections.defaultdict(list)  # definition → [account, user, from, to, reason]
open_now = {}
for definition, account, user, what, reason, at in rows("firings"):
    key = (definition, account, user)
    if what == "entered":
        life = [account, user, when(at), None, reason]
        lives[definition].append(life)
        open_now[key] = life
    else:
        life = open_now.pop(key)
        life[3], exit_reason = when(at), reason
        life.append(exit_reason)

touches = collections.defaultdict(list)
for r in rows("activities"):
    if r["kind"] != "ticket" and when(r["known"]) <= end:
        touches[r["account"]].append(when(r["happened"]))
for r in rows("deals"):
    if when(r["known"]) <= end:
        touches[r["account"]].append(min(when(r[k]) for k in ("first_touch", "created", "happened") if r[k]))


def due(t):
    """48 hours of Monday to Friday, minute by minute of the wall clock."""
    wall = t.astimezone(zone).replace(tzinfo=None)
    left = datetime.timedelta(hours=48)
    while True:
        midnight = datetime.datetime.combine(wall.date() + datetime.timedelta(days=1), datetime.time())
        if wall.weekday() < 5:
            if wall + left <= midnight:
                return (wall + left).replace(tzinfo=zone).astimezone(utc)
            left -= midnight - wall
        wall = midnight


def touched(entries):
    n = hits = running = 0
    days = []
    for account, _, t, *_ in entries:
        after = sorted(x for x in touches[account] if t <= x <= end)
        if after:
            days.append((after[0] - t).total_seconds() / 86400)
        if due(t) > end and not after:
            running += 1
        else:
            n += 1
            hits += bool(after) and after[0] <= due(t)
    return n, hits, running, len(days), sorted(days)


for d in review["definitions"]:
    name, life = d["definition"], lives[d["definition"]]
    counts = [sum(edges[k + 1] <= x[2] < edges[k] for x in life) for k in range(9)]
    hold(name + " entries", [d["entries"]] + d["before"], counts)
    week = [x for x in life if edges[1] <= x[2] < edges[0]]
    before = [x for x in life if edges[9] <= x[2] < edges[1]]
    exits = collections.Counter(x[5] for x in life if x[3] and edges[1] <= x[3] < edges[0])
    hold(name + " exits", {k: v for k, v in d["exits"].items() if v}, dict(exits))
    hold(name + " in", d["in"], sum(x[2] < edges[0] and (x[3] is None or x[3] >= edges[0]) for x in life))
    hold(name + " waiting", d["waiting"], sum(x[2] < edges[0] and (x[3] is None or x[3] >= edges[0])
                                              and not any(x[2] <= t <= end for t in touches[x[0]]) for x in life))
    hold(name + " in before", d["in_before"], sum(x[2] < edges[1] and (x[3] is None or x[3] >= edges[1]) for x in life))
    for part, entries in (("week", week), ("before", before)):
        got = d["touched"][part]
        n, hits, running, some, days = touched(entries)
        hold(f"{name} touched {part}", (got["within_2bd"]["n"], got["within_2bd"]["hits"], got["running"], got["touched"]),
             (n, hits, running, some))
        if days:
            middle = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
            hold(f"{name} median {part}", abs(got["median_days"] - middle) < 1e-9, True)
    hold(name + " handoffs", d["handoffs"], {"recorded": 0, "accepted": None, "rejected": None, "clocks_missed": None})

# q by Benjamini and Hochberg over all counts of the review
ps = sorted((x["p"], id(x), x) for d in review["definitions"] for x in [d] + d["gates"] if x["p"] is not None)
least = 1.0
for rank in range(len(ps), 0, -1):
    p, _, x = ps[rank - 1]
    least = min(least, p * len(ps) / rank)
    hold("q", abs(x["q"] - least) < 1e-12 and x["news"] == (x["q"] < 0.05), True)

# who paid in the week without an entry in the 30 days before
paid = {r["account"]: when(r["known"]) for r in rows("paid")}
seen = {r["account"]: when(r["seen"]) for r in rows("seen")}
aims = [d["definition"] for d in review["definitions"] if d["aim"] == "paid" and d["definition"] != "buyer"]
want = set()
for account, at in paid.items():
    if not edges[1] <= at < edges[0] or seen[account] >= at:
        continue
    missed = True
    for name in aims:
        mine = [x for x in lives[name] if x[0] == account]
        found = any(x[2] < at <= x[2] + datetime.timedelta(days=30) for x in mine)
        hand = any(x[4] == "hand_raised" and x[2] < at for x in mine)
        missed = missed and not found and not hand
    if missed:
        want.add(account)
hold("missed", {m["account"] for m in review["missed"]}, want)
hold("missed by value", [m["value"] for m in review["missed"]], sorted((m["value"] for m in review["missed"]), reverse=True))

events = [(r["account"], r["event"], when(r["happened"])) for r in rows("events")]
recent = [(a, e) for a, e, t in events if edges[0] - datetime.timedelta(days=30) <= t < edges[0]]
hold("active", review["active_accounts"], len({a for a, _ in recent}))
others = collections.Counter(e for _, e in set(recent))
for m in review["missed"]:
    at = paid[m["account"]]
    did = collections.Counter(e for a, e, t in events if a == m["account"] and at - datetime.timedelta(days=30) <= t < at)
    best = sorted((others[e], -k) for e, k in did.items() if 2 * others[e] < review["active_accounts"])[:3]
    hold("did " + m["account"], [(x["others"], -x["times"]) for x in m["did"]], best)
    hold("did of " + m["account"], all(did[x["event"]] == x["times"] for x in m["did"]), True)

by = {d["definition"]: d for d in review["definitions"]}
hold("sixty polls are news", by["polled"]["news"], True)
hold("nothing else is", [d["definition"] for d in review["definitions"] if d["news"] and d["definition"] != "polled"], [])
hold("letters mean nothing", by["lettered"]["gates"][0]["verdict"], "noisy")
hold("invitations do not", by["growing"]["gates"][0]["verdict"], "earns")
tries = [(p["change"], p["definition"], p["try"]) for p in review["proposed"]]
hold("a noisy gate", ("gate_noisy", "lettered", "usher backtest lettered --sweep letters") in tries, True)
hold("over capacity", ("over_capacity", "growing", "usher backtest growing --capacity 5/week --sweep invites") in tries, True)
hold("left blank", {(p["owner"], p["due"]) for p in review["proposed"]}, {(None, None)})
print({k: (v["entries"], v["before"], v["usual95"]) for k, v in by.items()}, len(review["missed"]), "missed", tries)
print(bad[:8])
sys.exit(bool(bad))
P

# each gate is what backtest says of it as a definition of its own
sed 's/must: \[invites >= 3, team >= 2\], score: .*}, expires/must: [invites >= 3], expires/' "$space/usher.yml" >"$work/alone.yml"
cp "$space/usher.yml" "$work/kept.yml"
cp "$work/alone.yml" "$space/usher.yml"
ours backtest growing --to 2025-12-29T04:59:59.999999Z --at 2025-12-29T04:59:59.999999Z --json >"$work/alone.json"
cp "$work/kept.yml" "$space/usher.yml"
python3 - "$work" <<'P' || fail "a gate alone"
import json, sys

review = json.load(open(sys.argv[1] + "/review.json"))
alone = json.load(open(sys.argv[1] + "/alone.json"))
gate = [d for d in review["definitions"] if d["definition"] == "growing"][0]["gates"][0]
got = [gate["fired"], gate["precision"], gate["base_rate"], gate["lift"], gate["lift_ci95"]]
want = [alone["fired"], alone["precision"], alone["base"]["rate"], alone["base"]["lift"], alone["base"]["lift_ci95"]]
print(got, want)
sys.exit(got != want or gate["gate"] != "invites >= 3")
P

# what one gate alone kept out, as backtest lists the missed of the same nine weeks
ours backtest growing --from 2025-10-27T04:00:00Z --to 2025-12-29T04:59:59.999999Z --at 2025-12-29T04:59:59.999999Z --json >"$work/lately.json"
python3 - "$work" <<'P' || fail "nearly"
import json, sys

review = json.load(open(sys.argv[1] + "/review.json"))
missed = json.load(open(sys.argv[1] + "/lately.json"))["missed"]
near = [m for m in missed if len(m["not_met"]) == 1 and m["not_met"][0].get("value") not in (None, 0) and "employees" not in m["not_met"][0].get("expression", "employees")]  # who is no gate
d = [d for d in review["definitions"] if d["definition"] == "growing"][0]
print(d["missed_lately"], d["missed_by_one_gate"], len(missed), len(near))
sys.exit((d["missed_lately"], d["missed_by_one_gate"]) != (len(missed), len(near)) or not near)
P

# as people read it
ours review >"$work/said"
for words in "Week 2025-W52" "No handoffs are recorded yet" "that is news\|would be usual" "Owner: ____" "usher backtest lettered"; do
  grep -q -- "$words" "$work/said" || fail "“$words” is not said: $(cat "$work/said")"
done
ours review --lang zh | grep -q "尚无交接记录" || fail "not Chinese"
ours review --html "$work/page.html" --lang both --limit 3 >/dev/null
whole_page "$work/page.html" 8 6 "2025-W52" "建议的修改" "Changes proposed"
"$usher" -C "$space" review --week 2025-W40 --json | grep -q '"proposed":\[' || fail "an older week"

# refusals
refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$(ours review "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
refused "a week that runs" "is not over" --week 2026-W01
refused "a week to come" "lies after the data" --week 2026-W20
refused "a week before" "before anything is known" --week 2019-W20
refused "no week" "2026-W47" --week 2025-W60
refused "no week of that year" "2026-W47" --week 2025-W53
refused "no capacity" "15/week" --capacity many
printf 'account: {unit: workspace}\n' >"$space/usher.yml"
refused "no definitions" "no definitions"

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
real="$work/real"
mkdir "$real"
cp "$(dirname "$0")/../../examples/callmemaybe/usher.yml" "$real/"
"$usher" -C "$real" import "$shared/data/callmemaybe/callmemaybe.ndjson.gz" >/dev/null
"$usher" -C "$real" review --json >"$work/real.json"
"$usher" -C "$real" firings team_on_the_phone --to 2019-11-24T23:59:59.999999Z --json >"$work/real.firings"
python3 - "$work" <<'P' || fail "a week of a real log"
import collections, datetime, json, sys

work = sys.argv[1]
review = json.load(open(work + "/real.json"))
(d,) = review["definitions"]
monday = datetime.datetime(2019, 11, 18)
weeks, exits, inside = collections.Counter(), collections.Counter(), 0
for line in open(work + "/real.firings"):
    r = json.loads(line)
    back = (monday - datetime.datetime.fromisoformat(r["at"].replace("Z", ""))) // datetime.timedelta(days=7) + 1
    inside += 1 if r["what"] == "entered" else -1
    if r["what"] == "entered":
        weeks[back] += 1
    elif back == 0:
        exits[r["reason"]] += 1
got = (review["week"], [d["entries"]] + d["before"], d["in"], {k: v for k, v in d["exits"].items() if v}, d["touched"])
want = ("2019-W47", [weeks[k] for k in range(9)], inside, dict(exits), None)
print(got, want, review["proposed"])
sys.exit(got != want or review["proposed"] != [])
P
