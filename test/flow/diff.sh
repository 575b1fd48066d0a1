# usher diff: between two dates and between two versions, who is in one alone is what the
# queues of both say, and the numbers that decide are those of their moments.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 60000 --seed 7 >/dev/null
space="$work/s"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
signals:
  team: users(14d)
  edits: count("Document Edited", 14d)
qualify:
  busy:
    kind: pqa
    who: account.plan != "enterprise"
    must: [team >= 2, edits >= 2]
    score: {usage: [5 * edits]}
    threshold: {usage: 15}
    stay: edits >= 1
    cooldown: 3d
    expires: 20d
  writer: {kind: pql, within: busy, must: ['count("Document Edited", 7d) >= 2']}
  loose: {kind: pqa, must: [edits >= 1], stay: edits >= 1}
YML
sed 's/team >= 2/team >= 3/; s/expires: 20d/expires: 30d/; s/usage: 15/usage: 20/' "$space/usher.yml" >"$work/strict.yml"
cat >>"$work/strict.yml" <<'YML'
  pages: {kind: pqa, must: ['count("Page Viewed" where title == "Pricing", 30d) >= 1']}
YML
"$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/accounts.csv" >/dev/null
cp -r "$space" "$work/strict"
cp "$work/strict.yml" "$work/strict/usher.yml"

check() { # WORKSPACE_A DEF_A AT_A WORKSPACE_B DEF_B AT_B, the difference in $work/diff.json
  "$usher" -C "$1" queue "$2" --at "$3" --json >"$work/a.json"
  "$usher" -C "$4" queue "$5" --at "$6" --json >"$work/b.json"
  python3 - "$work" <<'PY' || fail "diff is not that of the queues: $*"
import json, sys
work = sys.argv[1]
d, a, b = (json.load(open(f"{work}/{n}.json")) for n in ("diff", "a", "b"))
key = lambda r: (r["account"], r["user"])
a, b = ({key(r): r["since"] for r in q["rows"]} for q in (a, b))
assert d["a"]["qualified"] == len(a) and d["b"]["qualified"] == len(b), (d["a"], len(a), d["b"], len(b))
assert d["change"] == len(b) - len(a) and d["both"] == len(a.keys() & b.keys())
assert {key(r): r["since"] for r in d["only_a"]} == {k: v for k, v in a.items() if k not in b}
assert {key(r): r["since"] for r in d["only_b"]} == {k: v for k, v in b.items() if k not in a}
for r in d["only_a"] + d["only_b"]:
    assert (r["why"] == "gates") == bool(r["gates"] or r["thresholds"]), r
    for t in r["thresholds"]:
        assert (t["b"] if r in d["only_a"] else t["a"]) < t["threshold"], r
print(len(d["only_a"]), len(d["only_b"]))
PY
}
diff_of() { "$usher" -C "$space" diff "$@" --json >"$work/diff.json"; }

# Two dates.
A=2025-06-01 B=2025-11-01T15:30:00Z
diff_of busy $A $B
rows=$(check "$space" busy $A "$space" busy $B)
[ "${rows% *}" -ge 2 ] && [ "${rows#* }" -ge 2 ] || fail "hardly anybody moved: $rows"
for side in A B; do "$usher" -C "$space" values --at "${!side}" --json >"$work/values$side.json"; done
python3 - "$work" <<'PY' || fail "the numbers are not those of values"
import json, sys
work = sys.argv[1]
d = json.load(open(work + "/diff.json"))
values = {s: {r["account"]: r["values"] for r in map(json.loads, open(f"{work}/values{s.upper()}.json"))} for s in "ab"}
checked = 0
for r in d["only_a"] + d["only_b"]:
    for g in r["gates"]:
        for n in g["numbers"]:
            for side in "ab":
                known = values[side].get(r["account"])
                if known and n["name"] in known:
                    assert n[side] == known[n["name"]], (r, n)
                    checked += 1
    for g in r["gates"]:
        if g["gate"] == "must" and g["expression"] == "team >= 2":
            assert g["numbers"][0]["b" if r in d["only_a"] else "a"] < 2, r
assert checked > 4
assert not d["lines_only_a"] and not d["lines_only_b"]
PY
diff_of busy $B $A
check "$space" busy $B "$space" busy $A >/dev/null
diff_of writer $A $B
check "$space" writer $A "$space" writer $B >/dev/null

# Two versions, at one moment; another definition of the same file; itself.
diff_of busy "$space/usher.yml" "$work/strict.yml" --at $B
rows=$(check "$space" busy $B "$work/strict" busy $B)
[ "${rows% *}" -ge 1 ] && [ "${rows#* }" -ge 1 ] || fail "the stricter version changes nothing: $rows"
python3 - "$work/diff.json" <<'PY' || fail "what differs in the definition"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["lines_only_a"] == ["must: users(14d) >= 2", "threshold usage: 15", "expires: 20d"], d["lines_only_a"]
assert d["lines_only_b"] == ["must: users(14d) >= 3", "threshold usage: 20", "expires: 30d"], d["lines_only_b"]
assert d["a"]["version"] != d["b"]["version"]
PY
diff_of busy busy loose --at $B
check "$space" busy $B "$space" loose $B >/dev/null
diff_of busy $A "@$work/strict.yml" --at $B
check "$space" busy $A "$work/strict" busy $B >/dev/null
diff_of busy "$space/usher.yml" "@$space/usher.yml" --timing
python3 - "$work/diff.json" <<'PY' || fail "a version differs from itself"
import json, sys
d = json.load(open(sys.argv[1]))
assert not d["only_a"] and not d["only_b"] and d["change"] == 0 and d["both"] == d["a"]["qualified"], d
assert d["timing"]["accounts"] > 0
PY

# For people, and as CSV.
"$usher" -C "$space" diff busy $A $B >"$work/out"
grep -q 'in B alone' "$work/out" && grep -q 'must: edits >= 2 · edits [0-9]* → [0-9]' "$work/out" || { cat "$work/out"; fail "no words"; }
"$usher" -C "$space" --lang zh diff busy $A "$work/strict.yml" >"$work/out"
grep -q '定义的不同之处' "$work/out" && grep -q '个合格' "$work/out" || { cat "$work/out"; fail "no Chinese"; }
"$usher" -C "$space" diff busy $A $B -n 1 | grep -q 'more; --limit' || fail "--limit shows no rest"
diff_of busy $A $B
same "CSV has a line for each" "$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(1 + len(d["only_a"]) + len(d["only_b"]))' "$work/diff.json")" \
  "$("$usher" -C "$space" diff busy $A $B --csv | wc -l)"
USHER_NOW=2025-08-30T00:00:00Z "$usher" -C "$space" diff busy 10d --json >"$work/diff.json"
check "$space" busy 2025-08-20 "$space" busy 2025-08-30 >/dev/null

refused() { # STATUS PATTERN COMMAND...
  local status=$1 pattern=$2 got=0
  shift 2
  "$@" >"$work/out" 2>&1 || got=$?
  same "status of $*" "$status" "$got"
  grep -q -- "$pattern" "$work/out" || { cat "$work/out"; fail "no $pattern in what $* says"; }
}
refused 3 'did you mean “busy”' "$usher" -C "$space" diff buzy $A $B
refused 1 'no moment' "$usher" -C "$space" diff busy $A soon
refused 1 'pqa' "$usher" -C "$space" diff busy busy writer
refused 3 'no file' "$usher" -C "$space" diff busy $A "$work/nowhere.yml"
printf 'account: {unit: company}\nqualify: {busy: {kind: pqa, must: [users(14d) >= 3]}}\n' >"$work/unit.yml"
refused 2 'account.unit' "$usher" -C "$space" diff busy $A "$work/unit.yml"
printf 'account: {unit: workspace}\nqualify: {bussy: {kind: pqa, must: [users(14d) >= 3]}}\n' >"$work/none.yml"
refused 3 "$work/none.yml 的 qualify: .*“bussy”" "$usher" -C "$space" --lang zh diff busy $A "$work/none.yml"
printf 'account: {unit: workspace}\nqualify: {busy: {kind: pqa, must: [userz(14d) >= 3]}}\n' >"$work/wrong.yml"
refused 2 "$work/wrong.yml:2:" "$usher" -C "$space" diff busy $A "$work/wrong.yml"
