# usher backtest: against a slow re-evaluation, day by day, of raw rows on a real log, with
# every number worked out again; variants of a sweep each as if run alone; what came late
# counts from when it came; questions that the past cannot answer are refused.
. "$(dirname "$0")/lib.sh"

# ---- by hand: late lines, a hand raised, help, refusals ----
space="$work/hand"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
outcomes: {paid: {event: "Plan Upgraded"}, never: {event: "Moon Landed"}}
signals:
  invites: count("Invite Sent", 14d)
  seats: count("Seat Added" where amount > 1, all)
qualify:
  growing: {kind: pqa, aim: paid, horizon: 10d, must: [invites >= 3], expires: 20d}
  stricter: {kind: pqa, aim: paid, must: ["invites >= 4"]}
  aimless: {kind: pqa, must: [invites >= 2]}
YML
n=0
event() { # TIME ACCOUNT NAME [RECEIVED]
  n=$((n + 1))
  printf '{"type":"track","messageId":"m%s","userId":"u-%s","event":"%s","context":{"groupId":"%s"},"timestamp":"%s","sentAt":"%s","receivedAt":"%s"}\n' \
    "$n" "$2" "$3" "$2" "$1" "${4:-$1}" "${4:-$1}" >>"$work/e.ndjson"
}
for d in 01 02 03; do event "2025-06-${d}T08:00:00Z" early "Invite Sent"; done
event 2025-06-08T08:00:00Z early "Plan Upgraded"
for d in 01 02; do event "2025-06-${d}T09:00:00Z" late "Invite Sent"; done
event 2025-06-03T09:00:00Z late "Invite Sent" 2025-06-09T10:00:00Z
event 2025-06-08T09:00:00Z late "Plan Upgraded"
event 2025-06-04T09:00:00Z asks "Contact Sales Submitted"
event 2025-06-05T09:00:00Z asks "Plan Upgraded"
for d in 02 12 22; do event "2025-06-${d}T07:00:00Z" quiet "Invite Sent"; done
for d in 01 02 03 04; do event "2025-06-${d}T08:00:00Z" idle "Invite Sent"; done
event 2025-07-30T08:00:00Z idle "Report Viewed"
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null

json() { # PATH ARGUMENTS...: a value of the answer
  local path=$1
  shift
  "$usher" -C "$space" backtest "$@" --json | python3 -c "
import json, sys
v = json.load(sys.stdin)
for key in '$path'.split('.'):
    v = v[int(key)] if isinstance(v, list) else v[key]
print(json.dumps(v) if isinstance(v, (dict, list)) else v)"
}
same "who fires" 4 "$(json fired growing --capacity 1)"
same "who comes to it" '{"hits": 1, "n": 2' "$(json precision growing | cut -d, -f1,2)"
same "a late line finds nobody in time" 1 "$(json fired_after growing)"
same "hands apart" 1 "$(json hand_raised growing)"
same "outcomes" 2 "$(json outcomes growing)"
same "of hands" 1 "$(json of_hand_raisers growing)"
same "whom it missed" late "$(json missed.0.account growing)"
same "why" "invites >= 3" "$(json missed.0.not_met.0.expression growing)"
same "by how much" 2 "$(json missed.0.not_met.0.value growing)"
same "days ahead" 5 "$(json days_to_outcome.median growing)"
same "an end to what is known" 2 "$(json fired growing --at 2025-06-05T12:00:00Z --horizon 1d --to 2025-06-03T20:00:00Z --from 2025-06-03)"
same "another outcome" 0 "$(json found growing --outcome paid --from 2025-06-09)"
same "beside a stricter one" 2 "$(json against.fired growing --against stricter)"
sed 's/invites >= 3/invites >= 4/' "$space/usher.yml" >"$space/other.yml"
same "beside another file" 2 "$(json against.fired growing --against "$space/other.yml")"

refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$("$usher" -C "$space" backtest "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
refused "no aim" "there are: paid, never" aimless
refused "an outcome with a typo" "is “paid” meant" growing --outcome payd
refused "an outcome that never comes" "never came true" growing --outcome never
refused "longer than history" "too long" growing --horizon 900d
refused "no length" "such as 90d" growing --horizon 9
refused "no capacity" "such as 15" growing --capacity many
refused "no share" "such as 20%" growing --holdout 2
refused "nothing to vary" "can is threshold" growing --sweep threshold
refused "a signal of no gate" "can is threshold" growing --sweep seats
refused "no values" "NAME=1..20" growing --sweep invites=5..1
refused "too many" "at most 1,000" growing --sweep invites=1..1001
refused "half a day" "whole number of days" growing --sweep window=1.5
refused "CSV of one" "--sweep" growing --csv
"$usher" -C "$space" backtest growing --capacity 2 --holdout 20% --sweep invites --lang zh >"$work/zh"
grep -q 遗漏 "$work/zh" || fail "not Chinese"

# ---- as a page ----
refused "two languages on a terminal" "add --html" growing --lang both
"$usher" -C "$space" backtest growing --capacity 1 --sweep invites --against stricter --html "$work/page.html" --lang both >/dev/null
"$usher" -C "$space" backtest growing --html "$work/one.html" --lang zh >/dev/null
grep -q 'lang="en"' "$work/one.html" && fail "another language than asked for"
whole_page "$work/page.html" 10 8 "invites &gt;= 3" 遗漏 Missed

# ---- each variant of a sweep, run alone ----
python3 - "$usher" "$space" <<'PY' || fail "a sweep differs from its variants alone"
import json, pathlib, subprocess, sys

usher, space = sys.argv[1:]
page = pathlib.Path(space, "usher.yml").read_text()


def ask(*arguments):
    out = subprocess.run([usher, "-C", space, "backtest", *arguments, "--capacity", "1", "--json"],
                         capture_output=True, text=True)
    if out.returncode:
        sys.exit(out.stderr)
    return json.loads(out.stdout)


def alone(text):
    pathlib.Path(space, "alone.yml").write_text(text)
    found = ask("growing", "--against", str(pathlib.Path(space, "alone.yml")))["against"]
    return found


def compare(what, variants, page_of):
    for variant in variants:
        want = alone(page_of(variant["value"]))
        for key, value in variant.items():
            if key != "value" and want[key] != value:
                sys.exit(f"{what} {variant['value']}: {key} {value}, alone {want[key]}")


found = ask("growing", "--sweep", "invites=1..5")["sweep"]
assert found["now"] == 3 and len(found["variants"]) == 5
compare("invites", found["variants"], lambda v: page.replace("invites >= 3", f"invites >= {v:g}"))
found = ask("growing", "--sweep", "window=1,2,3,14,30")["sweep"]
assert found["now"] == 14
compare("window", found["variants"], lambda v: page.replace('"Invite Sent", 14d', f'"Invite Sent", {v:g}d'))
assert len({v["fired"] for v in found["variants"]}) > 1
PY

# ---- points that are there for two hours of one day alone ----
points="$work/points"
mkdir "$points"
cat >"$points/usher.yml" <<'YML'
account: {unit: workspace}
outcomes: {paid: {event: "Plan Upgraded"}}
signals:
  invites: count("Invite Sent", 14d)
  reports: count("Report Viewed", 14d)
qualify:
  briefly: {kind: pqa, aim: paid, horizon: 10d, must: [invites >= 3], score: {usage: [50 if invites >= 3 and reports == 0]}, threshold: {usage: 40}}
YML
: >"$work/e.ndjson"
for d in 01 02 03; do event "2025-06-${d}T08:00:00Z" morning "Invite Sent"; done
event 2025-06-03T10:00:00Z morning "Report Viewed"
event 2025-06-08T08:00:00Z morning "Plan Upgraded"
event 2025-06-30T08:00:00Z morning "Report Viewed"
"$usher" -C "$points" import "$work/e.ndjson" >/dev/null
same "points within a day" "10,1 40,1 50,1 60,0 " \
  "$("$usher" -C "$points" backtest briefly --sweep threshold=10,40,50,60 --csv | tr -d '\r' | tail -n +2 | cut -d, -f1,3 | tr '\n' ' ')"

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }

# ---- a real log, day by day ----
space="$work/real"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
outcomes: {third_seat: {event: "Seat Activated", nth: 3}}
signals:
  callers: users("Call Out Answered", 14d)
  active_days: days(14d)
qualify:
  calling: {kind: pqa, aim: third_seat, horizon: 30d, must: [callers >= 2, active_days >= 3], expires: 45d}
YML
"$usher" -C "$space" import "$shared/data/callmemaybe/callmemaybe.ndjson.gz" >/dev/null
"$usher" -C "$space" query --csv "SELECT account, person, event, epoch_us(happened) AS at, epoch_us(known) AS known FROM event_log WHERE account IS NOT NULL ORDER BY known, seq" >"$work/rows.csv"
python3 - "$usher" "$space" "$work/rows.csv" <<'PY' || fail "differs from the past re-evaluated day by day"
import collections, csv, json, math, subprocess, sys

usher, space, path = sys.argv[1:]
DAY, HORIZON, CAPACITY = 86400_000000, 30, 3
rows = collections.defaultdict(list)
for row in csv.DictReader(open(path)):
    rows[row["account"]].append((int(row["known"]), int(row["at"]), row["event"], row["person"]))
until = max(r[0] for list_ in rows.values() for r in list_)
since = min(r[0] for list_ in rows.values() for r in list_)


def holds(list_, t):
    """The gates at t, from nothing but the rows known by then."""
    first = t // DAY - 13
    seen = [r for r in list_ if r[0] <= t and r[1] // DAY >= first and r[1] <= t]
    callers = {r[3] for r in seen if r[2] == "Call Out Answered"}
    return len(callers) >= 2 and len({r[1] // DAY for r in seen}) >= 3


def third(list_):
    seats = [r for r in list_ if r[2] == "Seat Activated"]
    moments = sorted({r[0] for r in list_})
    for t in moments:
        if sum(1 for r in seats if r[0] <= t and r[1] <= t) >= 3:
            return t
    return None


def lives(list_, aim):
    """Entries and exits, by every moment at which a line is known and every end of a day."""
    moments = {r[0] for r in list_}
    day = min(moments) // DAY
    while (day + 1) * DAY - 1 <= until:
        moments.add((day + 1) * DAY - 1)
        day += 1
    entries, inside, reset, left = [], None, False, None
    cooling = False
    for t in sorted(moments):
        tick = t % DAY == DAY - 1
        good = holds(list_, t)
        if cooling and tick and t > left:
            cooling = False
        if inside is None and not cooling:
            if not good:
                reset = False
            elif not reset:
                inside = t
        elif inside is None and not good:
            reset = False
        elif inside is not None:
            why = None
            if aim is not None and inside < aim <= t:
                why = "converted"
            elif tick and not good:
                why = "faded"
            elif tick and t - inside >= 45 * DAY:
                why = "expired"
            if why:
                entries.append((inside, t))
                reset = why in ("converted", "expired") and good
                inside, left, cooling = None, t, True
    if inside is not None:
        entries.append((inside, None))
    return entries


out = subprocess.run([usher, "-C", space, "backtest", "calling", "--capacity", str(CAPACITY), "--json"], capture_output=True, text=True)
if out.returncode:
    sys.exit(out.stderr)
got = json.loads(out.stdout)
bad = []


def same(what, a, b):
    good = a == b if isinstance(b, int) or b is None or isinstance(b, str) else a is not None and abs(a - b) <= 1e-9 * abs(b)
    if not good:
        bad.append((what, a, b))


def wilson(hits, n):
    z = 1.959963984540054
    p, d = hits / n, 1 + z * z / n
    mid, half = (p + z * z / 2 / n) / d, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    return [mid - half, mid + half]


def quartile(v, p):
    v = sorted(v)
    x = (len(v) - 1) * p
    i = int(x)
    return v[i] + (x - i) * (v[min(i + 1, len(v) - 1)] - v[i])


accounts = {}
for key, list_ in rows.items():
    aim = third(list_)
    accounts[key] = (min(r[0] for r in list_), aim, lives(list_, aim))
first = {k: a[2][0][0] for k, a in accounts.items() if a[2]}
hits = n = already = opened = 0
for k, t in first.items():
    aim = accounts[k][1]
    if aim is not None and aim <= t:
        already += 1
    elif t > until - HORIZON * DAY:
        opened += 1
    else:
        n += 1
        hits += aim is not None and aim - t <= HORIZON * DAY
entries = sorted((life for k in sorted(accounts) for life in accounts[k][2]), key=lambda e: e[0])
same("fired", got["fired"], len(first))
same("again", got["again"], len(entries) - len(first))
same("already", got["already"], already)
same("open", got["open"], opened)
same("n", got["precision"]["n"], n)
same("hits", got["precision"]["hits"], hits)
for i in (0, 1):
    same("interval", got["precision"]["ci95"][i], wilson(hits, n)[i])
same("a week", got["per_week"], len(entries) / ((until - since) / DAY / 7))

# outcomes, and what went before them
leads, outcomes, once = [], 0, 0
early = late = 0
for seen, aim, life in accounts.values():
    if aim is None:
        continue
    if seen >= aim:
        once += 1
        continue
    outcomes += 1
    before = [t for t, _ in life if aim - HORIZON * DAY <= t < aim]
    if before:
        leads.append((aim - before[0]) / DAY)
    elif any(t < aim for t, _ in life):
        early += 1
    elif life:
        late += 1
same("outcomes", got["outcomes"], outcomes)
same("at once", got["at_once"], once)
same("found", got["found"], len(leads))
same("early", got["fired_too_early"], early)
same("late", got["fired_after"], late)
same("missed", len(got["missed"]), outcomes - len(leads))
for name, p in (("p25", 0.25), ("median", 0.5), ("p75", 0.75)):
    same(name, got["days_to_outcome"][name], quartile(leads, p))

# the others, week by week; the error of the ratio by moving each account's weight
MONDAY = 4 * DAY
week = lambda t: (t - MONDAY) // (7 * DAY)
table = []  # week, account, exposed, outcome
for k, (seen, aim, life) in accounts.items():
    for w in range(week(since), week(until) + 1):
        monday = max(w * 7 * DAY + MONDAY, since)
        over = monday > until - HORIZON * DAY
        if over or seen > monday or aim is not None and aim <= monday:
            continue
        if any(monday - HORIZON * DAY <= t < w * 7 * DAY + MONDAY + 7 * DAY for t, _ in life):
            continue
        table.append((w, k, 0, aim is not None and aim - monday <= HORIZON * DAY))
    if k in first and first[k] <= until - HORIZON * DAY and not (aim is not None and aim <= first[k]):
        table.append((week(first[k]), k, 1, aim is not None and aim - first[k] <= HORIZON * DAY))


def ratio(weight=None, moved=None):
    cells = collections.defaultdict(lambda: [[0.0, 0.0], [0.0, 0.0]])
    for w, k, x, y in table:
        by = 1 + weight if k == moved else 1
        cells[w][x][0] += by
        cells[w][x][1] += by * y
    hit = expected = exposed = 0.0
    for a, b in cells.values():
        if a[0] and b[0]:
            hit += b[1]
            exposed += b[0]
            expected += b[0] * a[1] / a[0]
    return hit / expected, hit / exposed, expected / exposed


value, rate, base = ratio()
same("lift", got["base"]["lift"], value)
same("rate of the same weeks", got["base"]["rate_fired"], rate)
same("base", got["base"]["rate"], base)
both = {w for w, _, x, _ in table if x} & {w for w, _, x, _ in table if not x}
members = sorted({k for w, k, _, _ in table if w in both})
h = 1e-4
moves = [(math.log(ratio(h, k)[0]) - math.log(ratio(-h, k)[0])) / (2 * h) for k in members]
error = math.sqrt(sum(m * m for m in moves) * len(members) / (len(members) - 1))
low, high = got["base"]["lift_ci95"]
t_wide = math.log(high / value) / error  # a t of so many degrees is a little over 1.96
if not (1.9599 < t_wide < 1.97 and abs(math.log(value / low) / error - t_wide) < 1e-6):
    bad.append(("interval of the lift", t_wide, error))

# the queue, an even share each working day, the oldest first
waiting, worked, gone, at = [], 0, 0, 0
for day in range(since // DAY, until // DAY + 1):
    waiting += [x for x in entries if x[0] // DAY == day]
    stays = [x for x in waiting if x[1] is None or x[1] // DAY > day]
    gone += len(waiting) - len(stays)
    weekday = (day - 4) % 7
    tokens = 0 if weekday >= 5 else math.floor(CAPACITY / 5 * (weekday + 1) + 1e-9) - math.floor(CAPACITY / 5 * weekday + 1e-9)
    worked += min(tokens, len(stays))
    waiting = sorted(stays, key=lambda e: e[0])[tokens:]
same("worked", got["queue"]["worked"], worked)
same("gone", got["queue"]["gone"], gone)
same("waiting", got["queue"]["waiting_at_end"], len(waiting))
weekly = collections.Counter(week(t) for t in first.values())
for i, w in enumerate(range(week(since), week(until) + 1)):
    same(f"week {i}", got["weeks"][i]["fired"], weekly[w])
for line in bad[:10]:
    print(*line)
print(f"{len(first)} fired, {n} judged, {outcomes} outcomes, {len(bad)} apart")
sys.exit(bool(bad))
PY

# ---- its own example: points, and numbers that some accounts never come up to ----
space="$work/example"
mkdir "$space"
cp "$(dirname "$0")/../../examples/callmemaybe/usher.yml" "$space/"
"$usher" -C "$space" import "$shared/data/callmemaybe/callmemaybe.ndjson.gz" >/dev/null
sweep() { # WHAT VALUES SED
  "$usher" -C "$space" backtest team_on_the_phone --capacity 5 --sweep "$1=$2" --json >"$work/sweep.json"
  for value in ${2//,/ }; do
    sed "$(printf "$3" "$value")" "$space/usher.yml" >"$space/alone.yml"
    "$usher" -C "$space" backtest team_on_the_phone --capacity 5 --against "$space/alone.yml" --json >"$work/alone.json"
    python3 - "$work/sweep.json" "$work/alone.json" "$value" <<'PY' || fail "$1 $value differs from itself alone"
import json, sys
variant = [v for v in json.load(open(sys.argv[1]))["sweep"]["variants"] if v["value"] == float(sys.argv[3])][0]
alone = json.load(open(sys.argv[2]))["against"]
apart = [k for k, v in variant.items() if k != "value" and alone[k] != v]
print(f"{sys.argv[3]}: {variant['fired']} fired")
sys.exit(f"{apart[0]}: {variant[apart[0]]}, alone {alone[apart[0]]}" if apart else 0)
PY
  done
}
sweep threshold 5,35,60,95,100 's/threshold: {usage: 35}/threshold: {usage: %s}/'
sweep callers 1,3,6,20 's/callers >= 2/callers >= %s/'
sweep seats 1,4,40 's/seats >= 2/seats >= %s/'
