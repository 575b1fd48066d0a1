# usher trace: each day's values are those of that day's end, states those of the firings;
# on a terminal no line is wider than it, in either language.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 30000 --seed 5 >/dev/null
space="$work/s"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
signals:
  team: users(14d)
  edits: count("Document Edited", 14d)
  growth: trend(count("Document Edited", 14d))
  quiet: since(any)
  trial: ever("Trial Started")
  plan: account.plan
  stopped: count("No Such Event", 7d)
qualify:
  busy:
    kind: pqa
    must: [team >= 3, edits >= 4]
    score:
      usage: [5 * edits]
      fit: [40 if account.employees >= 20]
    threshold: {usage: 20}
    stay: edits >= 1
    cooldown: 3d
    expires: 20d
YML
"$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/accounts.csv" >/dev/null
# An account that came and went.
account=$("$usher" -C "$space" firings busy --json --to 2025-09-30 | python3 -c '
import collections, json, sys
count = collections.Counter(json.loads(line)["account"] for line in sys.stdin)
print(count.most_common(1)[0][0])')
trace() { "$usher" -C "$space" trace "$account" "$@"; }

trace --from 2025-05-01 --to 2025-09-30T15:00:00Z --json >"$work/trace.json"
for day in 2025-05-01 2025-06-18 2025-09-29; do
  "$usher" -C "$space" values --account "$account" --at "${day}T23:59:59.999999Z" --json >"$work/$day.json"
done
"$usher" -C "$space" values --account "$account" --at 2025-09-30T15:00:00Z --json >"$work/2025-09-30.json"
"$usher" -C "$space" firings busy --account "$account" --json --to 2025-09-30T15:00:00Z >"$work/firings.json"
python3 - "$work" <<'PY' || fail "days are not those of values and firings"
import datetime, json, sys
work = sys.argv[1]
moment = lambda s: datetime.datetime.fromisoformat(s.replace("Z", "+00:00"))
t = json.load(open(work + "/trace.json"))
assert len(t["days"]) == 153 and t["days"][0] == "2025-05-01" and t["days"][-1] == "2025-09-30", t["days"]
rows = {s["signal"]: s["values"] for s in t["signals"]}
assert all(len(v) == len(t["days"]) for v in rows.values())
for day in ("2025-05-01", "2025-06-18", "2025-09-29", "2025-09-30"):
    wanted = json.load(open(f"{work}/{day}.json"))["values"]
    # the signals the definition does not read are not there
    got = {name: values[t["days"].index(day)] for name, values in rows.items()}
    assert got == wanted, (day, got, wanted)
(course,) = t["definitions"]
firings = [json.loads(line) for line in open(work + "/firings.json")]
assert len(firings) >= 2
begin = moment("2025-05-01T00:00:00Z")
told = [(c["what"], c["at"], c["reason"]) for c in course["changes"]]
assert told == [(f["what"], f["at"], f["reason"]) for f in firings if moment(f["at"]) >= begin], told
state = None
for day, name in zip(t["days"], course["states"]):
    end = moment(day + "T23:59:59.999999+00:00")
    last = [f for f in firings if moment(f["at"]) <= end]
    assert (name == "qualified") == bool(last and last[-1]["what"] == "entered"), (day, name)
    cool = last and last[-1]["what"] == "exited" and end < moment(last[-1]["at"]) + datetime.timedelta(days=3)
    assert not cool or name == "cooling", (day, name)
for change in course["changes"]:
    lines = sum(l["value"] for l in change["lines"] if l.get("axis") == "usage")
    assert change["usage"]["points"] == min(lines, 100), change
    assert set(change["numbers"]) == {"team", "edits"}, change["numbers"]
    if change["at"].endswith("23:59:59.999999Z"):
        day = t["days"].index(change["at"][:10])
        assert course["usage"]["points"][day] == change["usage"]["points"]
        assert rows["edits"][day] == change["numbers"]["edits"]
PY
same "those the definition reads" "2" "$(trace busy --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["signals"]))')"
same "one signal" "growth" "$(trace --signal growth --json | python3 -c 'import json, sys; print(*[s["signal"] for s in json.load(sys.stdin)["signals"]])')"
same "thirteen weeks" "91" "$(trace --to 2025-09-30 --json --timing | python3 -c '
import json, sys
t = json.load(sys.stdin)
assert t["timing"]["accounts"] == 1
print(len(t["days"]))')"

# A line a day as CSV, the same numbers.
trace --from 2025-05-01 --to 2025-09-30T15:00:00Z --csv >"$work/trace.csv"
python3 - "$work" <<'PY' || fail "CSV is not what JSON is"
import csv, json, sys
t = json.load(open(sys.argv[1] + "/trace.json"))
rows = list(csv.DictReader(open(sys.argv[1] + "/trace.csv", newline="")))
assert [r["day"] for r in rows] == t["days"]
for s in t["signals"]:
    text = [("" if v is None else json.dumps(v).strip('"')) for v in s["values"]]
    got = [r[s["signal"]] for r in rows]
    assert all(a == b or float(a) == float(b) for a, b in zip(text, got)), s["signal"]
(course,) = t["definitions"]
assert [r["busy"] for r in rows] == course["states"]
assert [float(r["busy.usage"]) for r in rows] == course["usage"]["points"]
assert "busy.intent" not in rows[0]
PY

wide() { # COLUMNS FILE: the widest line, Chinese counted twice
  python3 - "$1" "$2" <<'PY'
import re, sys, unicodedata
most = int(sys.argv[1])
text = re.sub(r"\x1b\[[0-9;]*m", "", open(sys.argv[2], encoding="utf-8").read()).replace("\r", "")
for line in text.split("\n"):
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    if width > most:
        print(width, line)
        sys.exit(1)
PY
}
for columns in 60 80 120 200; do
  for lang in en zh; do
    COLUMNS=$columns trace --lang $lang --color always --from 2025-05-01 --to 2025-09-30 >"$work/page"
    wide "$columns" "$work/page" || fail "wider than $columns in $lang"
    grep -q '▲' "$work/page" && grep -q '▼' "$work/page" && grep -q '█' "$work/page" || { cat "$work/page"; fail "no plot"; }
    COLUMNS=$columns trace --lang $lang --color never --from 2025-05-01 --to 2025-09-30 >"$work/plain"
    same "colours change nothing else" "$(sed 's/\x1b\[[0-9;]*m//g' "$work/page")" "$(cat "$work/plain")"
  done
done
grep -q '发生了什么' "$work/page" || fail "no Chinese"
COLUMNS=80 trace --from 2025-05-01 --to 2025-09-30 >"$work/page"
grep -q 'nothing in these days: .*stopped' "$work/page" || fail "what never moved is not folded"
grep -q 'team ≥ 3' "$work/page" || fail "the need of a gate is not shown"

refused() { # STATUS PATTERN COMMAND...
  local status=$1 pattern=$2 got=0
  shift 2
  "$@" >"$work/out" 2>&1 || got=$?
  same "status of $*" "$status" "$got"
  grep -q -- "$pattern" "$work/out" || { cat "$work/out"; fail "no $pattern in what $* says"; }
}
refused 3 "did you mean “$account”" "$usher" -C "$space" trace "x$account"
refused 3 'did you mean “busy”' "$usher" -C "$space" trace "$account" buzy
refused 3 '您是指“edits”吗' "$usher" -C "$space" --lang zh trace "$account" --signal edit
refused 1 'later than --to' trace --from 2025-07-01 --to 2025-06-01
refused 3 'No account' trace --to 2024-06-01
refused 1 'usher trace ACCOUNT' "$usher" -C "$space" trace
