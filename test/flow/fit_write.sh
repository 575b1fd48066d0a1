# usher fit --write: the points as lines of a definition's score, with the signals they
# need; all else byte for byte; loads; gives each account the points that were learnt; a
# second time changes nothing; what cannot be written leaves the file as it was.
. "$(dirname "$0")/lib.sh"
space="$work/s"
mkdir "$space"
yml="$space/usher.yml"
cat >"$yml" <<'Y'
# the company's own words
account: {unit: workspace}
signals:
  limits: count("Limit Reached", 14d)   # kept
include: [more.yml, people.yml]
outcomes:
  viewed: {event: "Report Viewed", nth: 3}
qualify:
  busy:            # who is busy
    aim: viewed
    must:
      - limits >= 1   # everybody
    hold: 1d

  lined:
    aim: viewed
    must: [limits >= 1]
    score:
      # usage by hand
      usage: [40 if limits > 3, 60 if limits > 9] # old
      fit:
        - 30 if account.plan == "pro"
  braced: {aim: viewed, must: [limits >= 1]}
Y
printf 'qualify:\n  apart:\n    aim: viewed\n    must: [limits >= 1]\n' >"$space/more.yml"
printf 'qualify:\n  person:\n    kind: pql\n    within: busy\n    must: [days(14d) >= 1]\n' >"$space/people.yml"
"$usher" simulate - --events 40000 --days 200 --seed 5 >"$work/events.ndjson"
"$usher" -C "$space" import "$work/events.ndjson" >/dev/null
ask=(--outcome-event "Report Viewed" --nth 3 --within 3d --horizon 20d)
fit() { "$usher" -C "$space" fit "${ask[@]}" "$@"; }
cp "$yml" "$work/before.yml"

# refusals, none of which touches a file
refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$("$usher" -C "$space" fit "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
  cmp -s "$yml" "$work/before.yml" || fail "$what: the file changed"
}
refused "an unknown definition" "busy" "${ask[@]}" --write bussy
refused "an axis that has lines" "--replace" "${ask[@]}" --write lined
refused "an unknown axis" "usage, fit or intent" "${ask[@]}" --write busy --axis use
refused "an axis of nothing" "--write DEFINITION" "${ask[@]}" --axis fit
refused "in braces" "braces" "${ask[@]}" --write braced
refused "people" "--unit user" "${ask[@]}" --write person
refused "accounts" "--unit account" "${ask[@]}" --write busy --unit user
refused "what cannot be told" "Cannot tell yet" "${ask[@]}" --split 1 --write busy
refused "what would not load" "would not load" --outcome-event "Report Viewed" --nth 3 --within 100h --horizon 20d --write busy
chmod a-w "$space/more.yml"
refused "a file that is read-only" "more.yml is read-only" "${ask[@]}" --write apart
chmod u+w "$space/more.yml"
sed 's/^  limits:/  report_viewed_first_3d: count("Report Viewed", 1d)\n  limits:/' "$work/before.yml" >"$yml"
cp "$yml" "$work/taken.yml"
said=$(fit --event "Report Viewed" --write busy 2>&1) && fail "a name that is taken"
[[ $said == *"report_viewed_first_3d"* ]] || fail "said $said"
cmp -s "$yml" "$work/taken.yml" || fail "the file changed"
cp "$work/before.yml" "$yml"

# written: what stood there is there, in its order; what is new is said
fit --write busy >"$work/said"
grep -q "Wrote the points into score: usage of “busy”" "$work/said" || fail "said $(tail -30 "$work/said")"
grep -q '^+       usage:$' "$work/said" || fail "the change is not shown"
diff "$work/before.yml" "$yml" | grep -q '^<' && fail "a line was lost: $(diff "$work/before.yml" "$yml")"
grep -q 'kept$' "$yml" && grep -q '_first_3d: first(count(' "$yml" || fail "signals: $(cat "$yml")"
"$usher" -C "$space" check >/dev/null 2>&1 || fail "it does not load"
cp "$yml" "$work/after.yml"
fit --write busy >"$work/again"
grep -q "Nothing to write" "$work/again" || fail "said $(tail -3 "$work/again")"
cmp -s "$yml" "$work/after.yml" || fail "a second time changed it"
fit --write busy --replace --json >"$work/json"
cmp -s "$yml" "$work/after.yml" || fail "replacing by the same changed it"

# the points are those that were learnt: from raw lines, from values, and as explain has them
python3 - "$usher" "$space" "$work/json" <<'P' || fail "the points differ"
import collections, csv, datetime, io, json, subprocess, sys

usher, space, path = sys.argv[1:]
fit = json.load(open(path))
assert fit["written"] == {**fit["written"], "changed": False, "definition": "busy", "axis": "usage", "edits": []}


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


did = collections.defaultdict(list)
rows = subprocess.run([usher, "-C", space, "query", "--csv", "SELECT account, happened, event FROM events_now WHERE "
                       "account IS NOT NULL AND NOT internal"], check=True, capture_output=True, text=True).stdout
for row in csv.DictReader(io.StringIO(rows)):
    did[row["account"]].append((when(row["happened"]), row["event"]))
end = max(t for rows in did.values() for t, _ in rows)
want = {}
for account, rows in did.items():
    start = min(t for t, _ in rows)
    if start + datetime.timedelta(days=3) > end - datetime.timedelta(days=1):
        continue  # its first days may not be over
    times = collections.Counter(n for t, n in rows if t < start + datetime.timedelta(days=3))
    want[account] = min(100, sum(p["points"] for p in fit["points"] if times[p["event"]] >= p["k"]))
assert len(want) > 50 and len(set(want.values())) > 5, (len(want), set(want.values()))

names = {}
for p in fit["points"]:
    slug = "".join(c if c.isalnum() else "_" for c in p["event"].lower())
    names[p["event"]] = slug + "_first_3d"
command = [usher, "-C", space, "values", "--json"]
for name in sorted(set(names.values())):
    command += ["--signal", name]
got = {}
for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
    row = json.loads(line)
    got[row["account"]] = min(100, sum(p["points"] for p in fit["points"]
                                       if (row["values"][names[p["event"]]] or 0) >= p["k"]))
bad = [(a, w, got.get(a)) for a, w in want.items() if got.get(a) != w]
told = 0
for account in sorted(want, key=lambda a: -want[a])[:6] + sorted(want)[:6]:
    said = subprocess.run([usher, "-C", space, "explain", account, "--json"], capture_output=True, text=True)
    said = json.loads(said.stdout)
    (one,) = [d for d in said["definitions"] if d["definition"] == "busy"]
    told += 1
    if one["usage"]["points"] != want[account]:
        bad.append((account, want[account], one["usage"]))
print(len(want), "accounts,", told, "explained,", len(bad), "differ", bad[:5])
sys.exit(bool(bad))
P

# another axis beside it; other lines replaced, those of other axes and comments kept
fit --write lined --replace >/dev/null
grep -q '      usage: # old$' "$yml" && grep -q '# usage by hand' "$yml" || fail "comments: $(cat "$yml")"
grep -q '30 if account.plan == "pro"' "$yml" || fail "another axis was touched"
grep -q '40 if limits' "$yml" && fail "the old lines are there"
[ "$(grep -c '_first_3d: first' "$yml")" = "$(grep -c '_first_3d: first' "$work/after.yml")" ] || fail "a signal was added again"
fit --write busy --axis intent --event "Report Viewed" --event "Document Edited" >/dev/null
"$usher" -C "$space" check >/dev/null 2>&1 || fail "three axes do not load"
# an included file, and people
cp "$yml" "$work/main.yml"
fit --write apart >/dev/null
cmp -s "$yml" "$work/main.yml" || fail "the wrong file"
grep -q 'score:' "$space/more.yml" || fail "the included file has no score"
fit --write person --unit user >/dev/null
grep -q '^user_signals:' "$space/people.yml" || fail "people have no signals of their own: $(cat "$space/people.yml")"
"$usher" -C "$space" check >/dev/null 2>&1 || fail "people: does not load"
fit --write person --unit user --lang zh | grep -q 无需写入 || fail "not Chinese"
