# What discover asks of a whole company, against a recount in Python over history's own
# rows: outcomes of usher.yml of every kind, hand-raisers apart, units that sales had
# turned to, traits, accounts of one buyer together; and questions it refuses.
. "$(dirname "$0")/lib.sh"

space="$work/company"
mkdir "$space"
cat >"$space/usher.yml" <<'Y'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
outcomes:
  paid: {payment: first}
  won: {deal: won}
  large: {arr: 300}
  by_card: {mrr: 20, channel: self_serve}
  second: {event: "Project Published", nth: 2}
Y
"$usher" simulate "$work/files" --events 60000 --days 200 --seed 11 >/dev/null 2>&1
for name in events.ndjson accounts.csv companies.csv payments.csv deals.csv activities.csv; do
  "$usher" -C "$space" import "$work/files/$name" >/dev/null
done

# every third account is a partner's
awk -F, 'NR == 1 { print "account,name,partner" } NR > 1 { print $1 "," $2 "," (NR % 3 ? "false" : "true") }' "$work/files/accounts.csv" >"$work/partners.csv"
"$usher" -C "$space" import "$work/partners.csv" >/dev/null

refused() { # WHAT WORDS ARGUMENTS...
  local what=$1 words=$2 said
  shift 2
  said=$("$usher" -C "$space" discover "$@" 2>&1) && fail "$what: not refused"
  [[ $said == *"$words"* ]] || fail "$what: said $said"
}
refused "no such outcome" "is “paid” meant" --outcome payd
refused "money of a user" "--unit account" --outcome paid --unit user
refused "two outcomes" "either --outcome or" --outcome paid --outcome-event "Plan Upgraded"
refused "no such trait" "is “plan” meant" --outcome paid --exclude-trait plam
refused "a window beyond follow-up" "history has" --outcome paid --within 7d,190d
refused "too many windows" "at most 8" --outcome paid --within 1d,2d,3d,4d,5d,6d,7d,8d,9d

python3 - "$usher" "$space" <<'PY' || fail "differs from the recount"
import bisect, collections, csv, datetime, io, json, subprocess, sys

usher, space = sys.argv[1:]
DAY = 86400


def run(*more):
    return subprocess.run([usher, "-C", space, *more], check=True, capture_output=True, text=True).stdout


def ask(sql):
    return list(csv.DictReader(io.StringIO(run("query", "--csv", sql))))


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=datetime.timezone.utc).timestamp()


def seconds(column, name):
    return f"epoch_us({column})/1e6 AS {name}"


company = {r["account"]: r["company"] for r in ask("SELECT account, company FROM companies_view")}
rows = ask(f"SELECT account, event, {seconds('happened', 'at')} FROM events_now WHERE account IS NOT NULL ORDER BY happened")
payments = ask(f"SELECT account, {seconds('happened', 'at')}, amount, status, channel FROM payments_view")
deals = ask(f"SELECT account, stage, {seconds('happened', 'at')}, {seconds('stage_at', 'stage_at')}, "
            f"{seconds('created', 'created')}, {seconds('first_touch', 'first')} FROM deals_view")
activities = ask(f"SELECT account, {seconds('happened', 'at')}, kind FROM activities_view")
big = {r["account"] for r in ask("SELECT account FROM account_traits_now WHERE trait = 'partner' AND value = 'true'")}
until = max(float(ask(f"SELECT epoch_us(max(happened))/1e6 AS t FROM {table}")[0]["t"])
            for table in ("event_log", "(SELECT happened FROM traits WHERE NOT undated)"))
bad, held = [], 0


def same(what, got, want):
    global held
    held += 1
    if got != want and not (isinstance(want, float) and got is not None and abs(got - want) < 1e-9):
        bad.append((what, got, want))


def earliest(pairs):
    out = {}
    for key, at in pairs:
        out[key] = min(at, out.get(key, at))
    return out


def outcomes(name, of):
    if name == "paid":
        return earliest((of(p["account"]), float(p["at"])) for p in payments
                        if p["status"] in ("", "paid") and float(p["amount"]) > 0)
    if name == "won":
        return earliest((of(d["account"]), float(d["stage_at"])) for d in deals if d["stage"].lower() == "won")
    met = collections.defaultdict(list)
    for r in rows:
        if r["event"] == "Project Published":
            met[of(r["account"])].append(float(r["at"]))
    return {key: at[1] for key, at in met.items() if len(at) > 1}


for unit in ("account", "company"):
    of = (lambda a: company.get(a, a)) if unit == "company" else (lambda a: a)
    events = collections.defaultdict(list)
    for r in rows:
        events[of(r["account"])].append((float(r["at"]), r["event"]))
    touched = earliest([(of(a["account"]), float(a["at"])) for a in activities if a["kind"].lower() != "ticket"] +
                       [(of(d["account"]), min(float(x) for x in (d["at"], d["created"], d["first"]) if x)) for d in deals])
    for name in ("paid", "won", "second"):
        came = outcomes(name, of)
        got = json.loads(run("discover", "--json", "--unit", unit, "--outcome", name, "--within", "14d", "--horizon", "60d"))
        exact = json.loads(run("discover", "--json", "--unit", unit, "--outcome", name, "--within", "14d", "--horizon", "60d",
                               "--rows", "Invite Sent:3,Invite Sent->Login:1"))
        n = hits = before = short = with_touch = raised = raised_hits = 0
        table, alone, pair = (collections.Counter() for _ in range(3))
        for key, did in events.items():
            did.sort()
            t0 = did[0][0]
            line = t0 + 14 * DAY
            end = line + 60 * DAY
            outcome = came.get(key, float("inf"))
            if end > until:
                short += 1
                continue
            if outcome < line:
                before += 1
                continue
            early = [(at, e) for at, e in did if at < line]
            hit = outcome < end
            asked = any(e == "Contact Sales Submitted" for _, e in early)
            raised += asked
            raised_hits += asked and hit
            invites = [at for at, e in early if e == "Invite Sent"]
            logins = [at for at, e in early if e == "Login"]
            met = len(invites) >= 3
            pair[bool(invites and logins and invites[0] < logins[-1]), hit] += 1
            called = touched.get(key, float("inf")) < (outcome if hit else end)
            table[met, hit] += 1
            if not called:
                alone[met, hit] += 1
            if asked:
                continue
            n += 1
            hits += hit
            with_touch += hit and called
        where = f"{unit} {name} "
        for field, want in (("n", n), ("n_converted", hits)):
            same(where + field, got[field], want)
        same(where + "left out", [got["excluded"][k] for k in ("short_followup", "converted_before_landmark", "hand_raised")],
             [short, before, raised])
        same(where + "hand-raisers", [got["hand_raisers"]["n"], got["hand_raisers"]["converted"]], [raised, raised_hits])
        same(where + "touched", got["touched_share"], with_touch / hits if hits else None)
        for row, want in zip(exact["rows"], (table, pair)):
            same(where + row["kind"], [row[c] for c in ("a", "b", "c", "dd")],
                 [want[True, True], want[True, False], want[False, True], want[False, False]])
        same(where + "untouched", [exact["rows"][0]["untouched"][c] for c in ("a", "b", "c", "dd")],
             [alone[True, True], alone[True, False], alone[False, True], alone[False, False]])
        same(where + "rows asked for keep everybody", exact["n"], n + raised)

left = json.loads(run("discover", "--json", "--outcome", "second", "--horizon", "60d", "--rows", "Login:1"))
out = json.loads(run("discover", "--json", "--outcome", "second", "--horizon", "60d", "--rows", "Login:1",
                     "--exclude-trait", "partner"))
same("excluded by a trait", out["excluded"]["trait"] > 0 and
     out["excluded"]["trait"] == len(big & {r["account"] for r in rows}), True)
same("the rest is there", out["n"] <= left["n"], True)
same("what cannot be seen", "partner" in out["traits_unseen"], True)
for name in ("large", "by_card"):
    reached = json.loads(run("discover", "--json", "--outcome", name, "--horizon", "90d"))
    same(name, reached["outcome"] == name and reached["converted_ever"] > 0, True)

several = json.loads(run("discover", "--json", "--outcome", "second"))
same("windows", [w["within_days"] for w in several["windows"]], [14, 3, 7, 30])
same("rows of all of them", sorted({r["within_days"] for r in several["rows"]}), [3, 7, 14, 30])
same("kinds", {r["kind"] for r in several["rows"]}, {"count", "users", "pair"})
same("the outcome is no behaviour of its own", {c["verdict"] for c in several["cards"] if c["event"] == "Project Published"
                                               and c["kind"] == "count"}, {"leak"})
seen = collections.Counter((c["event"], c["kind"], c["second_event"]) for c in several["cards"])
same("one card each", max(seen.values()), 1)
print(held, "held,", len(bad), "differ", bad[:10])
sys.exit(bool(bad) or held < 60)
PY

# as a page, in both languages
"$usher" -C "$space" discover --outcome second --horizon 60d --html "$work/page.html" --lang both >"$work/said"
grep -q "Written to" "$work/said" || fail "said $(cat "$work/said")"
whole_page "$work/page.html" 4 2 "Cannot tell yet" 目前还无法判断 "Project Published" "later half"
"$usher" -C "$space" discover --outcome second --horizon 60d --design rolling --html "$work/weeks.html" >/dev/null
whole_page "$work/weeks.html" 0 2 "Looked at on" "Limit Reached"

# a finding becomes a gate: the file is otherwise byte for byte as it was, and loads
gate() { # WHAT ARGUMENTS... ; then the added lines are in $work/added
  local what=$1
  shift
  cp "$space/usher.yml" "$work/before.yml"
  "$usher" -C "$space" discover --outcome paid --horizon 60d "$@" >"$work/said" 2>&1 || fail "$what: $(cat "$work/said")"
  grep -q "usher.yml" "$work/said" || fail "$what: does not say where"
  diff "$work/before.yml" "$space/usher.yml" >"$work/diff" && fail "$what: nothing was written"
  grep -q '^<' "$work/diff" && fail "$what: something else changed: $(cat "$work/diff")"
  sed -n 's/^> //p' "$work/diff" >"$work/added"
  "$usher" -C "$space" check >"$work/said" 2>&1 || fail "$what: does not load: $(cat "$work/said")"
}
gate "a definition of its own" --within 14d --write "Invite Sent:3"
same "its lines" 'qualify:|  found:|    kind: pqa|    aim: paid|    must:|      - first(count("Invite Sent", 14d)) >= 3|' "$(tr '\n' '|' <"$work/added")"
gate "one more, of people" --within 7d --write "users(Login):2"
same "its line" '      - first(users("Login", 7d)) >= 2' "$(cat "$work/added")"
gate "of weeks" --within 14d --design rolling --write "Limit Reached:1" --into found
same "its line" '      - count("Limit Reached", 14d) >= 1' "$(cat "$work/added")"
"$usher" -C "$space" queue found >"$work/said" || fail "the definition does not run"
cp "$space/usher.yml" "$work/before.yml"
refused "a pair" 'seq("Login", "Invite Sent", 7d)' --outcome paid --horizon 60d --within 7d --write "Login->Invite Sent:1"
refused "the outcome itself" "or comes with it" --outcome paid --horizon 60d --write "Plan Upgraded:1"
refused "no such definition" "is “found” meant" --outcome paid --horizon 60d --write "Invite Sent:3" --into foud
refused "two lengths" "takes one length" --outcome paid --within 7d,14d --write "Invite Sent:3"
refused "a window that no signal has" "usher.yml is as it was" --outcome second --within 100h --horizon 60d --write "Invite Sent:3"
refused "companies" "--unit account" --outcome paid --horizon 60d --unit company --write "Invite Sent:3"
cmp -s "$work/before.yml" "$space/usher.yml" || fail "a refusal changed the file"
