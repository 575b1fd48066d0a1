# Simulated companies with planted truths: what causes conversion is found and is more
# than activity; what merely follows activity is not; the leak is set apart; a fair draw
# at birth is nothing. Both designs. What a study says of chance is held over SEEDS
# companies (1; make soak has more), from SEED on: of all it calls more than activity no
# more may be followers than its 5 % of false discoveries allow.
. "$(dirname "$0")/lib.sh"

company() { # SEED
  space="$work/planted"
  rm -rf "$space" "$work/files"
  mkdir "$space"
  cat >"$space/usher.yml" <<'Y'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
outcomes: {paid: {payment: first}}
Y
  "$usher" simulate "$work/files" --events 1500000 --days 365 --seed "$1" >/dev/null 2>&1
  for name in events.ndjson companies.csv payments.csv deals.csv activities.csv; do
    "$usher" -C "$space" import "$work/files/$name" >/dev/null
  done
  python3 - "$usher" "$space" "$work/files/truth.json" <<'PY' >>"$work/seen"
import json, subprocess, sys

usher, space, truth = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))
followers = truth["followers"]["events"]


def study(*more):
    return json.loads(subprocess.run([usher, "-C", space, "discover", "--json", "--outcome", "paid", *more],
                                     check=True, capture_output=True, text=True).stdout)


def beyond(row, least):
    low = row["adjusted_or_ci95"][0]
    return low is not None and row["bh_q"] is not None and row["bh_q"] < 0.05 and low > least


found = study()
cards = {(c["kind"], c["event"]): c for c in found["cards"] if c["kind"] != "pair"}
tour = study("--rows", "Tour Completed:1", "--within", "14d")["rows"][0]
leak = study("--rows", truth["leak"]["event"] + ":1", "--within", "14d")["rows"][0]
weeks = study("--design", "rolling")["rows"]
invites = cards["count", "Invite Sent"]
print(json.dumps({
    "invites": 2 <= invites["k"] <= 5 and beyond(invites, 1),
    "limit": beyond(cards["count", "Limit Reached"], 1),
    "limit_weeks": any(beyond(r, 1) for r in weeks if (r["kind"], r["event"], r["k"]) == ("count", "Limit Reached", 1)),
    "tour": tour["fisher_p"] > 0.05,
    "leak": leak["leak"] and leak["leak_reason"] == "near",
    "hands": found["hand_raisers"]["n"] > 0 and ("count", "Contact Sales Submitted") not in cards,
    "busy": sum(c["event"] in followers and c["bh_q"] is not None and c["bh_q"] < 0.05 for c in cards.values()),
    "called": sum(c["verdict"] == "goes_before" for c in cards.values()),
    "wrong": [c["event"] for c in cards.values() if c["event"] in followers and c["verdict"] == "goes_before"],
    "tested_weeks": sum(r["event"] in followers for r in weeks),
    "far_weeks": sum(r["event"] in followers and not r["leak"] and beyond(r, 1.5) for r in weeks)}))
PY
}

seeds=${SEEDS:-1}
for ((i = 0; i < seeds; i++)); do company $((${SEED:-1} + i)); done
python3 - "$work/seen" <<'PY' || fail "the planted truths"
import json, math, sys

seen = [json.loads(line) for line in open(sys.argv[1])]
n = len(seen)
bad = []


def most(trials, chance):
    """The most that chance alone brings, but for one time in a hundred."""
    total = 0
    for k in range(trials + 1):
        total += math.comb(trials, k) * chance**k * (1 - chance)**(trials - k)
        if total >= 0.99:
            return k
    return trials


def hold(what, yes):
    print(("ok  " if yes else "BAD ") + what)
    if not yes:
        bad.append(what)


def share(name):
    return sum(map(bool, (row[name] for row in seen)))


hold(f"three early invitations: {share('invites')} of {n}", share("invites") >= n - most(n, 0.1))
hold(f"a limit reached: {share('limit')} of {n}", share("limit") >= n - most(n, 0.1))
hold(f"a limit in the 14 days before: {share('limit_weeks')} of {n}", share("limit_weeks") >= n - most(n, 0.2))
hold(f"a fair draw has p > 0.05: {share('tour')} of {n}", n - share("tour") <= most(n, 0.05))
hold(f"the leak is set apart: {share('leak')} of {n}", share("leak") == n)
hold(f"hand-raisers stand apart: {share('hands')} of {n}", share("hands") == n)
hold(f"followers go with conversion: {min(row['busy'] for row in seen)} at the least", all(row["busy"] > 20 for row in seen))
called = sum(row["called"] for row in seen)
wrong = [event for row in seen for event in row["wrong"]]
hold(f"more than activity: {called}, of them followers {wrong}", len(wrong) <= most(called, 0.05))
far = sum(row["far_weeks"] for row in seen)
hold(f"followers far beyond activity in some week: {far}", far <= most(sum(row["tested_weeks"] for row in seen), 0.001))
sys.exit(bool(bad))
PY
