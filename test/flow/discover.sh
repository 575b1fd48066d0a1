# What goes before an outcome, against truths computed independently: every count, ratio,
# interval, p, q, lead and survival of the three real logs, row by row, and every number of
# the scorecard; questions that history cannot answer are refused with the reason.
. "$(dirname "$0")/lib.sh"

refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$("$usher" -C "$work/small" discover "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
workspace "$work/small"
"$usher" simulate - --events 20000 --days 120 --seed 3 | "$usher" -C "$work/small" import - >/dev/null
refused "no outcome" "--outcome-event"
refused "an unknown event" "is “Plan Upgraded” meant" --outcome-event "Plan Upgradd"
refused "longer than history" "history has" --outcome-event "Plan Upgraded" --horizon 900d
refused "no length" "such as 14d" --outcome-event "Plan Upgraded" --within 14
refused "no row" "EVENT:K" --outcome-event "Plan Upgraded" --rows "Invite Sent"
refused "a unit" "account, user or company" --outcome-event "Plan Upgraded" --unit team
refused "never" "never came" --outcome-event "Plan Upgraded" --nth 1000 --within 1d --horizon 2d
lines=$("$usher" -C "$work/small" discover --outcome-event "Report Viewed" --within 1d,2d --horizon 20d --csv | wc -l)
[ "$lines" -gt 1 ] || fail "no rows as CSV"
"$usher" -C "$work/small" discover --outcome-event "Report Viewed" --nth 3 --rows "Report Viewed:1" --within 2d --horizon 20d --csv | grep -q 'Report Viewed × 1,.*,outcome' || fail "what leaks is not in the CSV"
said=$("$usher" -C "$work/small" fit --event "Report Viewed" 2>&1) && fail "fit without an outcome"
[[ $said == *"usher fit"* ]] || fail "said $said"
"$usher" -C "$work/small" discover --outcome-event "Report Viewed" --within 2d --horizon 20d --lang zh | grep -q 客户账户 || fail "not Chinese"

# a score that was learnt loads as part of a definition
"$usher" -C "$work/small" fit --outcome-event "Report Viewed" --within 2d --horizon 20d >"$work/fit"
{
  cat "$work/small/usher.yml"
  printf 'outcomes: {viewed: {event: Report Viewed}}\nqualify:\n  learnt:\n    aim: viewed\n    threshold: {usage: 10}\n'
  sed -n '/^score:/,/^$/p' "$work/fit" | sed 's/^/    /'
} >"$work/learnt.yml"
"$usher" -C "$work/small" check "$work/learnt.yml" >"$work/said" 2>&1 || { cat "$work/said" "$work/learnt.yml"; fail "the score does not load"; }

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
for set in callmemaybe onlineretail coreboot_git; do
  space="$work/$set"
  workspace "$space"
  USHER_NOW=2026-11-01T00:00:00Z "$usher" -C "$space" import "$shared/data/$set/$set.ndjson.gz" >/dev/null
  python3 - "$usher" "$space" "$shared/data/$set/truth.json" <<'PY' || fail "$set: differs from its truth"
import datetime, json, subprocess, sys

usher, space, path = sys.argv[1:]
bad, held = [], 0


def same(where, got, want):
    global held
    held += 1
    if isinstance(want, list):
        good = isinstance(got, list) and len(got) == len(want) and all(map(close, got, want))
    else:
        good = close(got, want)
    if not good:
        bad.append((where, got, want))


def close(got, want):
    if want is None or got is None or isinstance(want, str):
        return got == want
    if want == 0 or isinstance(want, int) and isinstance(got, int):
        return got == want
    return abs(got - want) <= 1e-9 * abs(want)


def roughly(where, got, want, within=1e-6):
    global held
    held += 1
    if abs(got - want) > within * max(1, abs(want)):
        bad.append((where, got, want))


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


for config in json.load(open(path))["results"]:
    unit = "account" if config["unit"] == "group" else "user"
    rows = ",".join(f"{b['event']}:{b['k']}" for b in config["behaviours"])
    command = [usher, "-C", space, "discover", "--json", "--unit", unit, "--outcome-event", config["conversion"],
               "--nth", str(config["conv_nth"]), "--start", "first" if config["start"] == "*" else config["start"],
               "--within", f"{config['d_days']}d", "--horizon", f"{config['H_days']}d", "--to", config["T_end"],
               "--rows", rows]
    if config["cohort_from"]:
        command += ["--from", config["cohort_from"]]
    got = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for mine, theirs in (("units_seen", "units_seen"), ("units_started", "units_started"), ("n", "n_eligible"),
                         ("n_converted", "n_converted"), ("base_rate", "base_rate"),
                         ("converted_ever", "cohort_converted_ever")):
        same(mine, got[mine], config[theirs])
    for mine, theirs in (("before_from", "dropped_before_cohort"), ("short_followup", "dropped_no_followup"),
                         ("converted_before_landmark", "dropped_already_converted")):
        same(mine, got["excluded"][mine], config[theirs])
    same("survival n", [got["survival"]["n"], got["survival"]["events"]],
         [config["survival"]["n"], config["survival"]["events"]])
    for mine, theirs in zip(got["survival"]["km"], config["survival"]["km"]):
        for field, want in theirs.items():
            same(f"survival {theirs['day']} {field}", mine[field], want)
    auc = config["auc"]
    given = command[:command.index("--rows")] + command[command.index("--rows") + 2:]
    given[given.index("discover")] = "fit"
    for name in auc["features"]:
        given += ["--event", name]
    fit = json.loads(subprocess.run(given, check=True, capture_output=True, text=True).stdout)
    same("split", when(fit["split_at"]), when(auc["T_split"]))
    for side in ("train", "test"):
        same(side, [fit[side]["n"], fit[side]["converted"]], [auc["n_" + side], auc["pos_" + side]])
        roughly("auc " + side, fit[side]["auc"], auc["auc_" + side])
    roughly("auc se", fit["test"]["auc_se"], auc["auc_se"])
    roughly("intercept", fit["intercept"], auc["intercept"], 1e-4)
    for mine in fit["inputs"]:
        for field, theirs in (("coefficient", "coef"), ("mean", "mean"), ("sd", "sd"),
                              ("auc_alone", "single_feature_auc_test")):
            # the reference's solver stops a little before the maximum
            within = 1e-4 if field == "coefficient" else 1e-6
            roughly(mine["event"] + " " + field, mine[field], auc[theirs][mine["event"]], within)
    for mine, theirs in (("brier", "brier_test"), ("mean_predicted", "mean_predicted_test"), ("rate", "rate_test")):
        roughly(mine, fit[mine], auc[theirs])
    same("top tenth", [fit["top_tenth"]["n"], fit["top_tenth"]["converted"]],
         [auc["top_decile"]["n"], auc["top_decile"]["hits"]])
    for mine, theirs in zip(got["rows"], config["behaviours"]):
        for field, want in theirs.items():
            if field != "event":
                same(f"{theirs['event']} × {theirs['k']} {field}", mine[field], want)
print(held, "numbers,", len(bad), "differ", bad[:20])
sys.exit(bool(bad) or held < 100)
PY
done
