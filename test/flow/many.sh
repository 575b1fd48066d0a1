# Many of everything: what is shown is counted whole, or says how much more there is.
. "$(dirname "$0")/lib.sh"
of() { # FILE PYTHON EXPRESSION over d
  python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/$1" "$2"
}
track() { # USER NAME TIME
  printf '{"type":"track","messageId":"%s","userId":"%s","event":"%s","context":{"groupId":"acme"},"timestamp":"%s"}\n' \
    "$1$2$3" "$1" "$2" "$3"
}
opened() { # WORKSPACE FILES...: has usher.yml
  local space="$work/$1"
  shift
  "$usher" -C "$space" import "$@" >/dev/null || fail "import into $space"
}

# ---- rates: the last of 400 currencies has one, too ----
mkdir "$work/rates"
python3 - >"$work/rates/usher.yml" <<'PY'
import itertools

codes = ["".join(c) for c in itertools.product("XYZABCDE", repeat=3)][:400]
print("account: {unit: workspace}\ncurrency: {report: USD, rates: {%s}}" % ", ".join(c + ": 2" for c in codes))
PY
last=$(grep -o '[A-Z]*: 2}}' "$work/rates/usher.yml" | cut -d: -f1)
printf 'account,at,amount,currency,interval\nacme,2025-12-15,20,%s,month\nacme,2025-12-16,20,CHF,month\n' "$last" >"$work/pay.csv"
opened rates "$work/pay.csv"
"$usher" -C "$work/rates" status --json >"$work/status.json"
same "only the franc has no rate" "1 of 2" "$(of status.json '"%d of %d" % (d["figures"]["no_rate"]["value"], d["figures"]["payments"]["value"])')"

# ---- events of a role: more than one question of SQL once took ----
named() { # COUNT: usher.yml of a workspace where so many events activate
  mkdir -p "$work/names$1"
  python3 - "$1" >"$work/names$1/usher.yml" <<'PY'
import sys

names = ", ".join(f'"Something that activates {i:06d} and has a name of sixty bytes"' for i in range(int(sys.argv[1])))
print("account: {unit: workspace}\nevents:\n  hand_raise: Asked\n  activated: [%s]\n  alias: {Asked: [%s]}" % (names, names.replace("activates", "asks for")))
PY
}
{
  track ann Login 2025-11-01T09:00:00Z
  track ann Login 2025-12-30T09:00:00Z
  track ann "Something that activates 001499 and has a name of sixty bytes" 2025-12-10T09:00:00Z
  track ann "Something that asks for 001499 and has a name of sixty bytes" 2025-12-11T09:00:00Z
} >"$work/names.ndjson"
named 1500
opened names1500 "$work/names.ndjson"
"$usher" -C "$work/names1500" assess --json >"$work/assess.json" || fail "assess with 1500 names"
same "the last name activates, the last one asks" "1 1" \
  "$(of assess.json '"%d %d" % (d["funnel"]["activated"]["so_far"], d["hand_raisers"]["hands"])')"
named 12000
opened names12000 "$work/names.ndjson"
code=0
said=$("$usher" -C "$work/names12000" assess 2>&1) || code=$?
[ "$code" -lt 128 ] || fail "12,000 names end it: $code, $said"
[[ $said == *"name fewer events"* ]] || fail "12,000 names: said $said"

# ---- an account of more people than a page shows: those who qualify come first ----
mkdir "$work/people"
cat >"$work/people/usher.yml" <<'YML'
account: {unit: workspace}
signals: {team: users(30d)}
user_signals: {own: 'count("Report Sent", 30d)'}
qualify:
  busy: {kind: pqa, must: [team >= 2]}
  sender: {kind: pql, within: busy, must: [own >= 1]}
YML
for i in $(seq 1001 2100); do track "u$i" Login 2025-12-20T09:00:00Z; done >"$work/people.ndjson"
for i in 2099 2100; do track "u$i" "Report Sent" 2025-12-21T09:00:00Z; done >>"$work/people.ndjson"
opened people "$work/people.ndjson"
"$usher" -C "$work/people" explain acme sender --json >"$work/explain.json"
same "for machines all are there" "1100 u2099 u2100" \
  "$(of explain.json '" ".join([str(len(d["definitions"]))] + sorted(x["user"] for x in d["definitions"] if x["qualified"]))')"
"$usher" -C "$work/people" explain acme sender >"$work/explain"
same "those who qualify come first" "u2099 u2100" "$(grep '^sender · ' "$work/explain" | head -n 2 | sed 's/^sender · \(.*\): .*/\1/' | sort | paste -sd' ')"
grep -qx '… and 1,050 more people: --json has them all' "$work/explain" || fail "explain says how many it leaves out"
"$usher" -C "$work/people" explain acme sender --lang zh | grep -qx '……另有 1,050 人：用 --json 查看全部' || fail "not in Chinese"
same "and nothing when it leaves out none" 0 "$("$usher" -C "$work/people" explain acme busy | grep -c 'more people' || true)"

# ---- a role of forty events; the first of them was the last to happen ----
mkdir "$work/hands"
python3 - >"$work/hands/usher.yml" <<'PY'
names = ", ".join(f'"Asked {i}"' for i in range(40))
every = " + ".join(f'count("Seen {i}", 14d)' for i in range(40))
gates = ", ".join(f'"1 if count(\\"Seen {i}\\", 14d) >= 1"' for i in range(80))
print("account: {unit: workspace}\nevents: {hand_raise: [%s]}" % names)
print("qualify:\n  team: {kind: pqa, must: ['%s >= 1'], score: {usage: [%s]}}" % (every, gates))
PY
{
  track ann "Asked 39" 2025-12-20T09:00:00Z
  track ann "Asked 0" 2025-12-22T09:00:00Z
  for i in $(seq 0 79); do track ann "Seen $i" 2025-12-22T09:01:00Z; done
  for i in 10 26; do track ann "Seen 79" "2025-11-${i}T09:00:00Z"; done
  for i in $(seq 10 19); do track ann "Seen 79" "2025-12-20T${i}:00:00Z"; track ann "Seen 79" "2025-12-21T${i}:00:00Z"; done
} >"$work/hands.ndjson"
opened hands "$work/hands.ndjson"
"$usher" -C "$work/hands" queue --json >"$work/queue.json"
same "asked last by the first name" "2025-12-22T09:00:00Z" "$(of queue.json 'd["rows"][0]["hand_raised_at"]')"

# ---- measures: the last of eighty says most; the gate looks at forty ----
"$usher" -C "$work/hands" queue --lang en >"$work/queue"
grep -q 'Seen 79' "$work/queue" || { cat "$work/queue"; fail "why now is of all measures"; }
"$usher" -C "$work/hands" explain acme --json >"$work/explain.json"
same "a gate with all it looks at" 40 \
  "$(of explain.json 'len(next(l for l in d["definitions"][0]["lines"] if l["gate"] == "must")["inputs"])')"
same "for people, too" 40 "$("$usher" -C "$work/hands" explain acme | sed -n '/Seen 0.*Seen 39.*>= 1/,/fit\|usage\|since last week/p' | grep -c '^          “Seen')"
"$usher" -C "$work/hands" trace acme team --json >"$work/trace.json"
same "an entry with all that its gate looked at" 40 "$(of trace.json 'len(d["definitions"][0]["changes"][0]["numbers"])')"
"$usher" -C "$work/hands" diff team 2025-12-10 --json >"$work/diff.json"
same "and a gate of diff" 40 "$(of diff.json '[len(g["numbers"]) for r in d["only_b"] for g in r["gates"]][0]')"

# ---- links: a thousand are shown, and how many more there are is said ----
for i in $(seq 1001 2100); do
  printf '{"type":"group","messageId":"g%s","userId":"u%s","groupId":"acme","timestamp":"2025-12-19T08:00:00Z"}\n' "$i" "$i"
done >"$work/group.ndjson"
opened people "$work/group.ndjson"
links() { "$usher" -C "$work/people" links "$@"; }
same "the newest thousand" "1002 and 100 more; --limit shows them" "$(links acme | wc -l | tr -d ' ') $(links acme | tail -n 1)"
same "all of them" "1101" "$(links acme --limit 2000 | wc -l | tr -d ' ')"
same "none are left for machines" "1100 1101 5" \
  "$(links acme --json | wc -l | tr -d ' ') $(links acme --csv | wc -l | tr -d ' ') $(links acme --json --limit 5 | wc -l | tr -d ' ')"

# ---- a long text is shown by its beginning ----
mkdir "$work/long"
cat >"$work/long/usher.yml" <<'YML'
account: {unit: workspace}
qualify:
  noted: {kind: pqa, must: ['account.notes contains "中"', 'account.more contains "中"', 'account.rest contains "中"', 'count("Login", 30d) >= 1']}
YML
python3 - >"$work/long.ndjson" <<'PY'
import json

print(json.dumps({"type": "group", "messageId": "g", "userId": "ann", "groupId": "acme", "traits": {"notes": "a" + "中" * 2500, "more": "中" * 2500, "rest": "中" * 2500}, "timestamp": "2025-12-20T08:00:00Z"}, ensure_ascii=False))
PY
track ann Login 2025-12-20T09:00:00Z >>"$work/long.ndjson"
opened long "$work/long.ndjson"
"$usher" -C "$work/long" explain acme --json >"$work/explain.json"
same "its beginning, of whole characters" "True True True" \
  "$(of explain.json '(lambda w: "%s %s %s" % (w["words"].startswith("notes: a" + "中" * 600), w["words"].endswith("中…"), len(w["value"]) == 2501))(d["definitions"][0]["lines"][0]["inputs"][0])')"
"$usher" -C "$work/long" queue --csv >"$work/queue.csv"
"$usher" -C "$work/long" queue --json >"$work/queue.json"
same "and so in the queue" "3 3" \
  "$(grep -o '中…' "$work/queue.csv" | wc -l | tr -d ' ') $(of queue.json 'sum(w.endswith("中…") for w in d["rows"][0]["why_now"])')"
