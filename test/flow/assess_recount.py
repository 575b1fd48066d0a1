"""assess_recount.py USHER WORKSPACE RAW ANSWER [arguments of assess]: every number of an
assessment counted again, from raw rows (usher query), entries (usher firings) and the
CSV files that were imported. Knows nothing of how assess works them out."""
import bisect
import collections
import csv
import datetime
import json
import math
import pathlib
import re
import shlex
import subprocess
import sys

usher, space, raw, answer = sys.argv[1:5]
more = sys.argv[5:]
got = json.load(open(answer))
raw = pathlib.Path(raw)
DAY = 86400_000000
bad = []


def run(*arguments):
    return subprocess.run([usher, "-C", space, *arguments], check=True, capture_output=True, text=True).stdout


def query(sql):
    return list(csv.DictReader(run("query", "--csv", sql).splitlines()))


def us(text):
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if t.tzinfo is None:
        t = t.replace(tzinfo=datetime.timezone.utc)
    return (t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def same(what, a, b):
    if isinstance(b, float) or isinstance(a, float):
        good = a is b or a is not None and b is not None and abs(a - b) <= 1e-9 * max(abs(a), abs(b))
    else:
        good = a == b
    if not good:
        bad.append(f"{what}: {a}, counted {b}")


def rate(what, r, hits, n):
    same(what + " hits", r["hits"], hits)
    same(what + " n", r["n"], n)
    if n == 0:
        return same(what, r["rate"], None)
    same(what, r["rate"], hits / n)
    z = 1.959963984540054
    p, d = hits / n, 1 + z * z / n
    mid, half = (p + z * z / 2 / n) / d, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    same(what + " low", r["ci95"][0], 0 if hits == 0 else mid - half)
    same(what + " high", r["ci95"][1], 1 if hits == n else mid + half)


def poisson(n, weeks):
    """The exact interval by halving: the mean at which n or more, n or fewer, are 2.5 %."""
    below = lambda k, mean: math.fsum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(k + 1))

    def halve(good):
        low, high = 1e-12, 10 * n + 50
        for _ in range(200):
            mid = (low + high) / 2
            low, high = (mid, high) if good(mid) else (low, mid)
        return low / weeks

    return (halve(lambda m: 1 - below(n - 1, m) < 0.025) if n else 0), halve(lambda m: below(n, m) > 0.025)


def quartiles(what, r, v):
    same(what + " n", r["n"], len(v))
    for name, p in (("p25", 0.25), ("median", 0.5), ("p75", 0.75)):
        x = (len(v) - 1) * p
        i = int(x)
        w = sorted(v)
        same(what, r[name], w[i] + (x - i) * (w[min(i + 1, len(w) - 1)] - w[i]) if v else None)


def option(name, preset=None):
    return [more[i + 1] for i, o in enumerate(more) if o == "--" + name] or ([preset] if preset else [])


def rows_of(name):
    path = raw / name
    return list(csv.DictReader(open(path))) if path.exists() else []


# ---- what usher.yml says, read with a knife ----
yml = pathlib.Path(space, "usher.yml").read_text()


def named(role):
    m = re.search(role + r': (\[.*?\]|"[^"]*")', yml)
    return re.findall(r'"([^"]*)"', m.group(1)) if m else []


internal = {r["key"] for r in query("SELECT key FROM accounts WHERE internal")}

# ---- raw rows ----
page = "" if named("pricing") else ", p_path AS path"
events = query(f"SELECT account, person, event, epoch_us(happened) AS at, epoch_us(known) AS known{page} FROM events_now WHERE NOT internal")
last = max(int(r["known"]) for r in events)
until = us(option("to")[0]) - 1 if option("to") else last
period_to = until + 1
log = collections.defaultdict(list)
loose = []
for r in events:
    if r["account"] in internal or int(r["known"]) > until or int(r["at"]) > until:
        continue
    row = (int(r["at"]), r["event"], r["person"], r.get("path") or "")
    (log[r["account"]] if r["account"] else loose).append(row)
third_seat = collections.defaultdict(list)
for r in events:
    if r["event"] == "Seat Activated" and int(r["known"]) <= until:
        third_seat[r["account"]].append(int(r["known"]))
times = {k: sorted(r[0] for r in v) for k, v in log.items()}
start = {k: min(r[0] for r in v) for k, v in log.items()}
begin = max(us(option("from")[0]), min(start.values())) if option("from") else min(start.values())
same("from", us(got["from"]), begin)
same("to", us(got["to"]), period_to)

payments = [p for p in rows_of("payments.csv") if p["account"] not in internal and us(p["at"]) <= until and p["status"] == "paid" and float(p["amount"]) > 0]
paid = collections.defaultdict(list)
for p in payments:
    paid[p["account"]].append(p)
for list_ in paid.values():
    list_.sort(key=lambda p: us(p["at"]))


gone = [(p["invoice_id"], us(p["at"])) for p in rows_of("payments.csv") if p["status"] in ("refunded", "disputed")]


def monthly(list_, t):
    """MRR at t, from whole months covered; its refunds are of whole invoices, and EUR has no rate."""
    total = 0
    for p in list_:
        a, b = us(p["period_start"] + "T00:00:00Z"), us(p["period_end"] + "T00:00:00Z")
        back = any(invoice == p["invoice_id"] and at <= t for invoice, at in gone)
        if us(p["at"]) <= t and a <= t < b and p["currency"] == "USD" and not back:
            months = (int(p["period_end"][:4]) - int(p["period_start"][:4])) * 12 + int(p["period_end"][5:7]) - int(p["period_start"][5:7])
            total += (float(p["amount"]) - float(p["tax"])) / max(1, months)
    return total


def grown(list_):
    first = None
    for p in list_:
        now = monthly(list_, us(p["at"]))
        first = first or now or None
        if first and now >= 1.2 * first - 1e-9:
            return us(p["at"])
    return None


nth = re.search(r"expanded: \{event: \"([^\"]*)\", nth: (\d+)\}", yml)
stages = {}
for k, list_ in log.items():
    t0, s = start[k], {}
    activated = [r[0] for r in list_ if r[1] in named("activated")]
    s["activated"] = min(activated) if activated else None
    weeks = collections.defaultdict(list)
    for r in list_:
        if r[0] - t0 < 28 * DAY:
            weeks[(r[0] - t0) // (7 * DAY)].append(r[0])
    came = sorted(min(v) for v in weeks.values())
    s["habitual"] = came[2] if len(came) >= 3 else None
    s["paid"] = us(paid[k][0]["at"]) if paid[k] else None
    s["expanded"] = grown(paid[k])
    if nth:
        seats = sorted(r[0] for r in list_ if r[1] == nth.group(1))
        s["expanded"] = seats[int(nth.group(2)) - 1] if len(seats) >= int(nth.group(2)) else None
    stages[k] = s
within = {"activated": 14, "habitual": 28, "paid": 180, "expanded": 365}
for w in option("within"):
    within[w.split("=")[0]] = int(w.split("=")[1][:-1])
known = {"activated": bool(named("activated")), "habitual": True, "paid": bool(rows_of("payments.csv")),
         "expanded": bool(nth or rows_of("payments.csv"))}
order = ["activated", "habitual", "paid", "expanded"]


def funnel(what, g, members):
    same(what + " seen", g["seen"], len(members))
    for i, stage in enumerate(order):
        if not known[stage]:
            same(f"{what} {stage}", g[stage], None)
            continue
        span = within[stage] * DAY
        done = lambda k, s: stages[k][s] is not None and stages[k][s] - start[k] < within[s] * DAY
        old = [k for k in members if start[k] + span <= until]
        earlier = [s for s in order[:i] if known[s]]
        came = [k for k in old if not earlier or done(k, earlier[-1])]
        rate(f"{what} {stage}", g[stage]["of_seen"], sum(done(k, stage) for k in old), len(old))
        rate(f"{what} {stage} of those before", g[stage]["of_stage_before"], sum(done(k, stage) for k in came), len(came))
        same(f"{what} {stage} young", g[stage]["young"], len(members) - len(old))
        same(f"{what} {stage} too young", g[stage]["too_young"], len(old) == 0 and len(members) > 0)
        same(f"{what} {stage} so far", g[stage]["so_far"], sum(stages[k][stage] is not None for k in members))


cohort = [k for k in log if begin <= start[k] < period_to]
funnel("all", got["funnel"], cohort)
for c in got["cohorts"]:
    funnel(c["from"], c, [k for k in cohort if us(c["from"]) <= start[k] < us(c["to"])])
same("cohorts", sum(c["seen"] for c in got["cohorts"]), len(cohort))

# ---- segments: the first value known ----
trait = option("segment", "plan")[0]
if got["segment"]:
    same("segment", got["segment"], trait)
    first = {}
    for r in query(f"SELECT account, value, epoch_us(happened) AS at, seq FROM account_traits WHERE trait = '{trait}' AND value IS NOT NULL AND epoch_us(known) <= {until}"):
        key = (int(r["at"]), int(r["seq"]))
        if r["account"] not in first or key < first[r["account"]][0]:
            first[r["account"]] = (key, r["value"])
    by = collections.defaultdict(list)
    for k in cohort:
        by[first[k][1] if k in first else None].append(k)
    for s in got["segments"]:
        funnel(f"segment {s['value']}", s, by[s["value"]])
    same("segments", sum(s["seen"] for s in got["segments"]), len(cohort))

# ---- prices, hands ----
looked = (lambda r: r[1] in named("pricing")) if named("pricing") else (lambda r: r[1] == "Page Viewed" and "pricing" in r[3])
base = [k for k in cohort if stages[k]["activated"] is not None] if known["activated"] else cohort
views = {k: sum(map(looked, log[k])) for k in base}
rate("prices", got["pricing"]["seen"], sum(v > 0 for v in views.values()), len(base))
rate("prices three times", got["pricing"]["seen_three_times"], sum(v >= 3 for v in views.values()), len(base))
monday = lambda t: (t // DAY - 4) // 7 * 7 * DAY + 4 * DAY
asked = collections.defaultdict(set)
raised = {}
for k, list_ in log.items():
    for r in list_:
        if r[1] in named("hand_raise"):
            asked[monday(r[0])].add(("account", k))
            raised[k] = min(raised.get(k, r[0]), r[0])
for r in loose:
    if r[1] in named("hand_raise"):
        asked[monday(r[0])].add(("person", r[2]))
week = monday(begin) if monday(begin) == begin else monday(begin) + 7 * DAY
weeks = []
while week + 7 * DAY <= period_to:
    weeks.append(len(asked[week]))
    week += 7 * DAY
h = got["hand_raisers"]
same("weeks", [w["hands"] for w in h["weeks"]], weeks)
same("hands a week", h["per_week"], sum(weeks) / len(weeks))
for i in (0, 1):
    same("hands interval", h["ci95"][i], poisson(sum(weeks), len(weeks))[i])

# ---- PQA rate ----
iso = lambda t: (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=t)).isoformat(timespec="microseconds") + "Z"
touched = {}
for r in rows_of("activities.csv"):
    if r["kind"] != "ticket" and us(r["at"]) <= until:
        touched[r["account"]] = min(touched.get(r["account"], us(r["at"])), us(r["at"]))
for r in rows_of("deals.csv"):
    if us(r["stage_at"]) <= until:
        t = min(us(v if len(v) > 10 else v + "T00:00:00Z") for v in (r["first_touch"], r["created"], r["stage_at"]) if v)
        touched[r["account"]] = min(touched.get(r["account"], t), t)
mql = {}
for r in rows_of("mqls.csv"):
    if us(r["at"]) <= until:
        mql[r["account"]] = min(mql.get(r["account"], us(r["at"])), us(r["at"]))

for d in got["definitions"]:
    name = d["definition"]
    entries = collections.defaultdict(list)
    for line in run("firings", name, "--json", "--to", iso(until)).splitlines():
        f = json.loads(line)
        if f["what"] == "entered":
            entries[f["account"]].append(us(f["at"]))
    who = re.search(rf"{name}:.*?who: (.*?)(, must|\n)", yml, re.S) if re.search(rf"{name}:[^\n]*who:|{name}:\n", yml) else None

    def by_hand(k, t):
        days = [r[0] // DAY for r in log[k] if r[1] in named("hand_raise") and r[0] <= t]
        return any(t // DAY - 29 <= x <= t // DAY for x in days)

    for m in d["months"]:
        a, b = us(m["from"]), us(m["to"])
        active = {k for k, v in times.items() if bisect.bisect_left(v, a) < bisect.bisect_left(v, b)}
        if who:
            holds = set()
            for line in run("values", "--expr", who.group(1), "--at", iso(b - 1), "--json").splitlines():
                v = json.loads(line)
                if list(v["values"].values())[0] is True:
                    holds.add(v["account"])
        else:
            holds = set(log)
        target = active & holds
        new, again, hands, idle = set(), set(), set(), set()
        for k, list_ in entries.items():
            for i, t in enumerate(list_):
                if not a <= t < b:
                    continue
                if k in active:
                    target.add(k)
                if i == 0 and by_hand(k, t):
                    hands.add(k)
                elif i == 0:
                    (new if k in active else idle).add(k)
                elif list_[0] < a:
                    again.add(k)
        rate(f"{name} {m['from']}", {"hits": m["new"], "n": m["active_in_segment"], "rate": m["rate"], "ci95": m["ci95"]}, len(new), len(target))
        same(f"{name} again", m["again"], len(again))
        same(f"{name} hands", m["hand_raisers"], len(hands))
        same(f"{name} idle", m["without_an_event"], len(idle))
        first_day = lambda t: iso(t)[8:] == "01T00:00:00.000000Z"
        same(f"{name} whole {m['from']}", m["whole"], first_day(a) and first_day(b))

    # ---- PQA beside MQL, each from the moment at which it became so ----
    outcome = {}
    for k in log:
        if d["outcome"] == "paid":
            outcome[k] = stages[k]["paid"]
        else:
            known_at = sorted(third_seat[k])
            outcome[k] = known_at[2] if len(known_at) >= 3 else None
    span = int(d["horizon_days"] * DAY)
    NEVER = 1 << 62
    inside = lambda t: begin <= t < period_to
    members = {g: {} for g in ("pqa", "mql", "both", "neither")}
    ages, pqas, both, between, firsts = [], 0, 0, [], [0, 0, 0]
    when = {k: (entries[k][0] if entries.get(k) else NEVER, mql.get(k, NEVER)) for k in log}
    for k, (p, q) in when.items():
        pqas += inside(p)
        if inside(p) and p < q:
            members["pqa"][k] = p
        if inside(q) and q < p:
            members["mql"][k] = q
        if inside(min(p, q)) and min(p, q) >= start[k]:
            ages.append((min(p, q) - start[k]) / DAY)
        if inside(max(p, q)):
            members["both"][k] = max(p, q)
            if inside(p) and inside(q):
                both += 1
                between.append(abs(p - q) / DAY)
                firsts[0 if p < q else 1 if q < p else 2] += 1
    age = sorted(ages)
    x = (len(age) - 1) / 2
    age = (age[int(x)] + (x - int(x)) * (age[min(int(x) + 1, len(age) - 1)] - age[int(x)])) if age else None
    for k, (p, q) in when.items() if age is not None else ():
        t = start[k] + int(age * DAY)
        if inside(t) and min(p, q) > t:
            members["neither"][k] = t
    l = d["leads"]
    same(f"{name} PQAs", l["pqas"], pqas)
    same(f"{name} MQLs", l["mqls"], sum(inside(q) for _, q in when.values()))
    same(f"{name} both", [l["both"], l["pqa_first"], l["mql_first"], l["same_moment"]], [both, *firsts])
    same(f"{name} age", l["neither_from_day"], age)
    quartiles(f"{name} between", l["days_between"], between)
    for g, list_ in members.items():
        n = hits = apart = already = young = calm = calm_hits = 0
        leads = []
        for k, t in list_.items():
            aim = outcome[k] if outcome[k] is not None else NEVER
            if raised.get(k, NEVER) <= t:
                apart += 1
            elif aim <= t:
                already += 1
            elif t + span > until:
                young += 1
            else:
                hit = aim - t <= span
                n, hits = n + 1, hits + hit
                if hit:
                    leads.append((aim - t) / DAY)
                if touched.get(k, NEVER) >= (aim if hit else t + span):
                    calm, calm_hits = calm + 1, calm_hits + hit
        r = l["groups"][g]
        same(f"{name} {g}", [r["accounts"], r["hand_raisers"], r["already"], r["open"]], [len(list_), apart, already, young])
        rate(f"{name} {g} rate", r["converted"], hits, n)
        rate(f"{name} {g} untouched", r["untouched"], calm_hits, calm)
        quartiles(f"{name} {g} days", r["days_to_outcome"], leads)
    ask = [k for k, t in raised.items() if inside(t) and t + span <= until and (outcome[k] is None or outcome[k] > t)]
    rate(f"{name} hand-raisers", l["hand_raisers"], sum(outcome[k] is not None and outcome[k] - raised[k] <= span for k in ask), len(ask))

# ---- coverage is what status says, and people whose address is known ----
status = json.loads(run("status", "--json"))["figures"]
for key, figure in got["coverage"].items():
    same("status " + key, figure["value"], status[key]["value"])
if (raw / "events.ndjson").exists():
    mails, alias = {}, {}
    lines = [json.loads(line) for line in open(raw / "events.ndjson")]
    for m in lines:
        if m["type"] == "alias":
            alias[m["previousId"]] = m["userId"]
    people = set()
    for m in lines:
        if m.get("userId"):
            user = alias.get(m["userId"], m["userId"])
            people.add(user)
            if m["type"] == "identify" and m.get("traits", {}).get("email"):
                t = m.get("receivedAt", m["timestamp"])
                mails[user] = max(mails.get(user, ("", "")), (t, m["traits"]["email"]))
    listed = set(re.findall(r'"([a-z0-9.-]+)"', pathlib.Path(__file__).resolve().parents[2].joinpath("src/identity/freemail_list.inc").read_text()))
    families = ("outlook.", "hotmail.", "live.", "yahoo.", "gmx.")
    free = {k for k, (_, v) in mails.items() if v.split("@")[1] in listed or v.split("@")[1].startswith(families)}
    mapped = {r["account"] for r in rows_of("companies.csv")}
    company = {k for k in mails if k not in free} | {r["person"] for r in events if r["account"] in mapped and r["person"] in people}
    same("users", got["coverage"]["users"]["value"], len(people))
    same("users with an address", got["coverage"]["users_mail"]["value"], len(mails))
    same("free mail", got["coverage"]["free_mail"]["value"], len(free))
    same("a company", got["coverage"]["users_company"]["value"], len(company & people))

# ---- rows of the verdict ----
row = {r["key"]: r for r in got["rows"]}
lately = {k for k, v in log.items() if any(r[0] >= period_to - 30 * DAY for r in v)}
same("in use", row["active_accounts"]["value"], len(lately))
if payments:
    same("ARR", round(got["arr"], 4), round(sum(12 * monthly(v, until) for v in paid.values()), 4))
    same("self-serve", got["self_serve_payments"], sum(p["channel"] == "self_serve" for p in payments))
for key, r in row.items():
    if r["is"] != "unanswered":
        same(key + " is", r["is"], "pass" if r["value"] >= r["bar"] else "fail")
        if r["ci95"][0] is not None:
            same(key + " sure", r["sure"], r["ci95"][0] >= r["bar"] or r["ci95"][1] < r["bar"])
same("activation row", row["activation_rate"]["value"], got["funnel"]["activated"]["of_seen"]["rate"] if known["activated"] else None)
same("paid row", row["free_to_paid"]["value"], got["funnel"]["paid"]["of_seen"]["rate"] if known["paid"] else None)
# ---- what it rests on: its commands can be run as they stand ----
for r in got["rests_on"]:
    words = shlex.split(r["command"] or "")
    if words and words[1] != "import":
        same("runs: " + r["command"], subprocess.run([usher, "-C", space, *words[1:]], capture_output=True).returncode, 0)
silent = any(r["key"] == "rest_no_payments" for r in got["rests_on"])
same("payments are missed where there are none", silent, not rows_of("payments.csv"))
same("leads too", any(r["key"] == "rest_no_mqls" for r in got["rests_on"]), not mql)
for line in bad[:25]:
    print(line)
sys.exit(f"{len(bad)} numbers differ" if bad else 0)
