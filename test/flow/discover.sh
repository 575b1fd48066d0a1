# What goes before an outcome, against truths computed independently: every count, ratio,
# interval, p, q, lead and survival of the three real logs, row by row; questions that
# history cannot answer are refused with the reason.
. "$(dirname "$0")/lib.sh"

refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$("$usher" -C "$work/small" discover "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
workspace "$work/small"
"$usher" simulate - --events 5000 --days 60 --seed 3 | "$usher" -C "$work/small" import - >/dev/null
refused "no outcome" "--outcome-event"
refused "an unknown event" "is “Plan Upgraded” meant" --outcome-event "Plan Upgradd"
refused "longer than history" "history has" --outcome-event "Plan Upgraded" --horizon 400d
refused "no length" "such as 14d" --outcome-event "Plan Upgraded" --within 14
refused "no row" "EVENT:K" --outcome-event "Plan Upgraded" --rows "Invite Sent"
refused "a unit" "account or user" --outcome-event "Plan Upgraded" --unit team
refused "never" "never came" --outcome-event "Plan Upgraded" --nth 1000 --within 1d --horizon 2d
lines=$("$usher" -C "$work/small" discover --outcome-event "Report Viewed" --within 2d --horizon 20d --csv | wc -l)
[ "$lines" -gt 1 ] || fail "no rows as CSV"
"$usher" -C "$work/small" discover --outcome-event "Report Viewed" --within 2d --horizon 20d --lang zh | grep -q 客户账户 || fail "not Chinese"

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
for set in callmemaybe onlineretail coreboot_git; do
  space="$work/$set"
  workspace "$space"
  "$usher" -C "$space" import "$shared/data/$set/$set.ndjson.gz" >/dev/null
  python3 - "$usher" "$space" "$shared/data/$set/truth.json" <<'PY' || fail "$set: differs from its truth"
import json, math, subprocess, sys

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
    if want is None or got is None:
        return got == want
    if want == 0 or isinstance(want, int) and isinstance(got, int):
        return got == want
    return abs(got - want) <= 1e-9 * abs(want)


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
    for mine, theirs in zip(got["rows"], config["behaviours"]):
        for field, want in theirs.items():
            if field != "event":
                same(f"{theirs['event']} × {theirs['k']} {field}", mine[field], want)
print(held, "numbers,", len(bad), "differ", bad[:20])
sys.exit(bool(bad) or held < 100)
PY
done
