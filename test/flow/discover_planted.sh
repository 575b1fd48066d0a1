# A simulated company with planted truths: what causes conversion is found and is more
# than activity; what merely follows activity is not; the leak is set apart; a fair draw
# at birth is nothing. Both designs.
. "$(dirname "$0")/lib.sh"

space="$work/planted"
mkdir "$space"
cat >"$space/usher.yml" <<'Y'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
outcomes: {paid: {payment: first}}
Y
"$usher" simulate "$work/files" --events 1500000 --days 365 --seed "${SEED:-1}" >/dev/null 2>&1
for name in events.ndjson companies.csv payments.csv deals.csv activities.csv; do
  "$usher" -C "$space" import "$work/files/$name" >/dev/null
done
python3 - "$usher" "$space" "$work/files/truth.json" <<'PY' || fail "the planted truths"
import json, subprocess, sys

usher, space, truth = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))
bad = []


def study(*more):
    return json.loads(subprocess.run([usher, "-C", space, "discover", "--json", "--outcome", "paid", *more],
                                     check=True, capture_output=True, text=True).stdout)


def hold(what, yes):
    if not yes:
        bad.append(what)


found = study()
cards = {(c["kind"], c["event"]): c for c in found["cards"] if c["kind"] != "pair"}
invites = cards["count", "Invite Sent"]
hold("three invitations in 14 days", invites["verdict"] == "goes_before" and (invites["k"], invites["within_days"]) == (3, 14))
limit = cards["count", "Limit Reached"]
hold("a limit reached", limit["bh_q"] < 0.05 and limit["adjusted_or_ci95"][0] > 1)
followers = [c for c in found["cards"] if c["event"] in truth["followers"]["events"] and c["leak_reason"] is None]
busy = [c for c in followers if c["bh_q"] < 0.05]
hold("followers go with conversion", len(busy) > 20)
hold("and none beyond activity", not [c for c in followers if c["verdict"] == "goes_before"])
tour = study("--rows", "Tour Completed:1", "--within", "14d")["rows"][0]
hold("a fair draw is nothing", tour["fisher_p"] > 0.01)
leak = study("--rows", truth["leak"]["event"] + ":1", "--within", "14d")["rows"][0]
hold("the leak is set apart", leak["leak"] and leak["leak_reason"] == "near")
hold("hand-raisers stand apart", found["hand_raisers"]["n"] > 0 and ("count", "Contact Sales Submitted") not in cards)
weeks = {(r["kind"], r["event"], r["k"]): r for r in study("--design", "rolling")["rows"]}
limit = weeks["count", "Limit Reached", 1]
hold("a limit in the 14 days before", limit["bh_q"] < 0.05 and limit["adjusted_or_ci95"][0] > 1)
above = [r for r in weeks.values() if r["event"] in truth["followers"]["events"] and not r["leak"]
         and r["adjusted_or_ci95"][0] is not None and r["adjusted_or_ci95"][0] > 1.5]
hold("no follower is far beyond activity in any week", not above)
print(len(followers), "followers,", len(busy), "go with conversion;", bad, [(r["event"], r["k"], r["kind"], r["adjusted_or_ci95"]) for r in above])
sys.exit(bool(bad))
PY
