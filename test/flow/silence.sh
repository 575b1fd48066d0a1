# Silent spans in a backtest: an outage that is planted is marked, with what fell into it;
# a log without one is clean; one at the end is open; one source of two; and on real logs,
# which close at night, on week ends and on holidays, the spans are those of another
# program, and few.
. "$(dirname "$0")/lib.sh"
cat >"$work/usher.yml" <<'Y'
account: {unit: workspace}
outcomes: {viewed: {event: "Report Viewed", nth: 5}}
signals:
  users: users(7d)
qualify:
  active: {kind: pqa, aim: viewed, horizon: 20d, must: [users >= 3], expires: 90d}
Y
space() { mkdir -p "$work/$1" && cp "$work/usher.yml" "$work/$1/"; }
silent() { # WORKSPACE: how many, and the first
  "$usher" -C "$work/$1" backtest active --json | python3 -c '
import json, sys
s = json.load(sys.stdin)["silent"]
print(len(s), *[" ".join(str(x[k]) for k in ("source", "from", "to", "open")) for x in s[:1]])'
}

for seed in 3 4 5; do
  space clean$seed
  "$usher" simulate - --events 120000 --days 120 --seed $seed >"$work/$seed.ndjson" 2>/dev/null
  "$usher" -C "$work/clean$seed" import "$work/$seed.ndjson" >/dev/null
  same "a log without an outage is clean" 0 "$(silent clean$seed)"
done
"$usher" -C "$work/clean5" backtest active >"$work/said"
grep -q "sent nothing" "$work/said" && fail "clean, and said to be silent"

# thirty hours of the 100th day and more are lost
cut() { # FROM TO: lines that were received between
  python3 -c '
import json, sys
for line in open(sys.argv[1]):
    m = json.loads(line)
    if not sys.argv[2] <= (m.get("receivedAt") or m["timestamp"]) < sys.argv[3]:
        sys.stdout.write(line)' "$work/5.ndjson" "$1" "$2"
}
day=$(cell "$work/clean5" "SELECT strftime(max(known) - INTERVAL 20 DAY, '%Y-%m-%d') FROM events")
next=$(date -u -d "$day + 1 day" +%F)
space out
cut "${day}T09:00" "${next}T15:00" >"$work/out.ndjson"
"$usher" -C "$work/out" import "$work/out.ndjson" >/dev/null
"$usher" -C "$work/out" backtest active --json >"$work/out.json"
"$usher" -C "$work/out" query --json "SELECT (SELECT max(epoch_us(known)) FROM events WHERE known < TIMESTAMP '$day 09:00') AS a, (SELECT min(epoch_us(known)) FROM events WHERE known >= TIMESTAMP '$day 09:00') AS b" >"$work/edges"
"$usher" -C "$work/out" firings active --json >"$work/firings"
python3 - "$work" <<'P' || fail "the outage"
import datetime, json, sys

work = sys.argv[1]


def when(text):
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(t.replace(microsecond=0).timestamp()) * 10**6 + t.microsecond


(span,) = json.load(open(work + "/out.json"))["silent"]
edges = json.loads(open(work + "/edges").readline())
a, b = when(span["from"]), when(span["to"])
entries = exits = 0
for line in open(work + "/firings"):
    row = json.loads(line)
    inside = a < when(row["at"]) <= b
    entries += inside and row["what"] == "entered"
    exits += inside and row["reason"] in ("left", "faded")
print(span, edges, entries, exits)
assert [a, b] == [int(edges["a"]), int(edges["b"])] and span["source"] == "import" and not span["open"]
assert 2 <= span["usual_hours"] <= 12 and exits > 0
assert (span["entries"], span["exits"]) == (entries, exits)
P
"$usher" -C "$work/out" backtest active >"$work/said"
grep -q "“import” sent nothing from" "$work/said" || fail "not said: $(cat "$work/said")"
"$usher" -C "$work/out" backtest active --html "$work/page.html" --lang both >/dev/null
grep -q "a source was silent" "$work/page.html" && grep -q 某个来源静默 "$work/page.html" || fail "not shaded"
"$usher" -C "$work/out" backtest active --json --to "$(date -u -d "$day - 2 day" +%F)" | grep -q '"silent":\[\]' || fail "of another period"

# a second source goes on, the first stays away
space two
cut "${day}T09:00" 9999 >"$work/first.ndjson"
"$usher" -C "$work/two" import --source app "$work/first.ndjson" >/dev/null
sed 's/"messageId":"/"messageId":"b/' "$work/5.ndjson" >"$work/second.ndjson"
"$usher" -C "$work/two" import --source site "$work/second.ndjson" >/dev/null
got=$(silent two)
[[ $got == "1 app "*" True" ]] || fail "two sources: $got"

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
for name in callmemaybe onlineretail coreboot_git; do
  mkdir -p "$work/$name"
  printf 'account: {unit: workspace}\n' >"$work/$name/usher.yml"
  "$usher" -C "$work/$name" import "$shared/data/$name/$name.ndjson.gz" >/dev/null
  event=$(cell "$work/$name" "SELECT event FROM event_log WHERE account IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
  printf 'outcomes: {many: {event: "%s", nth: 10}}\nsignals:\n  n: count("%s", 7d)\nqualify:\n  active: {kind: pqa, aim: many, horizon: 20d, must: [n >= 2]}\n' \
    "$event" "$event" >>"$work/$name/usher.yml"
  "$usher" -C "$work/$name" backtest active --json >"$work/$name.json"
  "$usher" -C "$work/$name" query --csv "SELECT epoch_us(known) AS t FROM events ORDER BY 1" >"$work/$name.csv"
done
python3 - "$work" <<'P' || fail "real logs: other spans than the reference"
import bisect, datetime, json, math, sys

work = sys.argv[1]
HOUR = 3600 * 10**6


def text(t):
    return datetime.datetime.fromtimestamp(t // 10**6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def spans(times):
    """As docs/studies.md says it, with all history at hand: nothing is kept in bits."""
    busy = sorted({t // HOUR for t in times})
    first_of, last_of = {}, {}
    for t in times:
        first_of.setdefault(t // HOUR, t)
        last_of[t // HOUR] = t
    is_busy = set(busy)
    out, usual = [], []  # usual: day, S

    def chances(hour):  # by hour of the week, from the four before `hour`
        counts = [0] * 168
        for h in busy[bisect.bisect_left(busy, hour - 4 * 168):bisect.bisect_left(busy, hour)]:
            counts[h % 168] += 1
        mean = sum(counts) / 672
        return counts, [min(0.9, (c + mean / 2) / 4.5) for c in counts]

    for a, b in zip(busy, busy[1:]):
        if b == a + 1:
            continue
        counts, p = chances(a + 1)
        week = [-math.log1p(-x) for x in p]
        limit = math.log(8760)
        day = last_of[a] // HOUR // 24
        limit = max([limit] + [2 * s for d, s in usual[-700:] if d > day - 28])
        if sum(c == 0 for c in counts) >= 42:
            limit = max(limit, sum(week) / 2)
        s, noticed = 0, None
        mean = sum(counts) / 672
        for h in range(a + 1, b):
            slot = h % 168
            s += -math.log1p(-min(0.9, (counts[slot] + mean / 2) / 4.5))
            # its own emptiness is learnt as it passes: the hour four weeks ago leaves
            gone = (h - 672) in is_busy and h - 672 >= busy[0]
            counts[slot] -= gone
            mean -= gone / 672
            if noticed is None and s >= limit - 1e-9 and last_of[a] - times[0] >= 28 * 24 * HOUR:
                noticed = h + 1
        if noticed is None:
            usual.append((first_of[b] // HOUR // 24, s))
        else:
            out.append((text(last_of[a]), text(first_of[b])))
    return out


# Found: none in 13 weeks, none in 48, 21 in 1,214.
for name, most in (("callmemaybe", 0), ("onlineretail", 0), ("coreboot_git", 25)):
    times = [int(line) for line in open(f"{work}/{name}.csv").read().split()[1:]]
    got = [(x["from"][:19], x["to"][:19]) for x in json.load(open(f"{work}/{name}.json"))["silent"]]
    want = spans(times)
    print(name, len(got), "spans in", (times[-1] - times[0]) // HOUR // 168, "weeks")
    if got != want:
        sys.exit(f"{name}: {got[:3]} {want[:3]} {len(got)} {len(want)}")
    if len(got) > most:
        sys.exit(f"{name}: {len(got)} false")
P
