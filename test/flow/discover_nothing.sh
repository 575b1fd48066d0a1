# Companies in which nothing causes anything: how often discover says it found something.
# Over SEEDS of them (20; `make soak` takes 200) the number with any q < 0.05 stays within
# 5 % and its binomial bound, for both designs; and what a card says of its later half is
# right on average.
. "$(dirname "$0")/lib.sh"

python3 - "$usher" "$work" "${SEEDS:-20}" "$(nproc)" <<'PY' || fail "finds what is not there"
import concurrent.futures, json, math, os, shutil, subprocess, sys

usher, work, seeds, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def study(space, *more):
    command = [usher, "-C", space, "discover", "--json", "--outcome-event", "Plan Upgraded", *more]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def company(seed):
    space = f"{work}/{seed}"
    os.mkdir(space)
    with open(f"{space}/usher.yml", "w", encoding="utf-8") as file:
        file.write("account: {unit: workspace}\n")
    made = subprocess.Popen([usher, "simulate", "-", "--nothing", "--events", "40000", "--days", "200",
                             "--seed", str(seed)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    subprocess.run([usher, "-C", space, "import", "-"], stdin=made.stdout, check=True, stdout=subprocess.DEVNULL)
    made.wait()
    found, tested = [], 0
    for more in ((), ("--design", "rolling")):
        rows = [r for r in study(space, *more)["rows"] if not r["leak"]]
        tested += len(rows)
        found.append(any(r["bh_q"] is not None and r["bh_q"] < 0.05 for r in rows))
    cards = [c for c in study(space)["cards"] if c["verdict"] != "leak" and c["n"]]
    units = sum(c["n"] for c in cards)
    off = sum(c["n"] * (c["rate"] - c["base_rate"]) for c in cards) / units
    shutil.rmtree(space)
    return found, off, tested


with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
    all_of = list(pool.map(company, range(1, seeds + 1)))
# the least number that more than 5 % of such studies would exceed with a chance below 3 %
most, chance = 0, 0.95**seeds
below = chance
while 1 - below > 0.03:
    most += 1
    chance *= (seeds - most + 1) / most * 0.05 / 0.95
    below += chance
most = min(most, 17) if seeds == 200 else most
counts = [sum(found[i] for found, _, _ in all_of) for i in range(2)]
offs = [off for _, off, _ in all_of]
mean = sum(offs) / seeds
error = math.sqrt(sum((o - mean) ** 2 for o in offs) / (seeds - 1) / seeds)
tested = sum(t for _, _, t in all_of)
print(f"{seeds} companies, {tested} behaviours: {counts[0]} landmark and {counts[1]} rolling studies with any "
      f"q < 0.05, at most {most}; cards off by {mean:+.5f} ± {error:.5f}")
sys.exit(max(counts) > most or abs(mean) > 3.3 * error or tested < 500 * seeds)
PY
