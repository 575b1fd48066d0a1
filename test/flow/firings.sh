# usher firings: each entry and exit at its exact moment with its reason, by hand; and on
# the simulator the same accounts since the same moments as the queue of any date.
. "$(dirname "$0")/lib.sh"
space="$work/hand"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
exclude: ever("Cancellation Requested")
outcomes: {third_seat: {event: "Seat Added", nth: 3}}
signals:
  invites: count("Invite Sent", 7d)
user_signals:
  sent: count("Invite Sent", 7d)
qualify:
  growing:
    kind: pqa
    aim: third_seat
    must: [invites >= 3]
    score: {usage: [10 * invites]}
    expires: 5d
  inviter: {kind: pql, within: growing, must: [sent >= 2]}
YML
n=0
event() { # TIME ACCOUNT USER NAME
  n=$((n + 1))
  printf '{"type":"track","messageId":"m%s","userId":"%s","event":"%s","context":{"groupId":"%s"},"timestamp":"%s"}\n' "$n" "$3" "$4" "$2" "$1" >>"$work/e.ndjson"
}
# fades: three invitations, and a week later they are out of the window
for t in 2025-06-01T08:00:00Z 2025-06-01T09:00:00Z 2025-06-02T10:00:00.123456Z; do event $t fades u1 "Invite Sent"; done
# converts: the third seat comes while it is qualified
for t in 2025-06-03T08:00:00Z 2025-06-03T08:00:01Z 2025-06-03T08:00:02Z; do event $t converts u2 "Invite Sent"; done
for t in 2025-06-01T08:00:00Z 2025-06-01T08:00:01Z 2025-06-04T11:00:00.000007Z; do event $t converts u2 "Seat Added"; done
# cancels, asks, and keeps on inviting
for t in 2025-06-05T08:00:00Z 2025-06-05T09:00:00Z 2025-06-05T10:00:00Z; do event $t cancels u3 "Invite Sent"; done
event 2025-06-06T07:30:00Z cancels u3 "Cancellation Requested"
event 2025-06-07T12:00:00Z asks u4 "Contact Sales Submitted"
for d in 01 02 03 04 05 06 07 08 09 10 11; do event "2025-06-${d}T06:00:00Z" keeps u5 "Invite Sent"; done
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null

"$usher" -C "$space" firings growing --csv --to 2025-06-12T12:00:00Z | tr -d '\r' | cut -d, -f1-7,9- >"$work/got.csv"
version=$("$usher" -C "$space" queue growing --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["rows"][0]["version"])')
cat >"$work/wanted.csv" <<CSV
account,definition,what,reason,at,since,entry,usage,fit,intent
fades,growing,entered,eligible,2025-06-02T10:00:00.123456Z,2025-06-02T10:00:00.123456Z,1,30,0,0
converts,growing,entered,eligible,2025-06-03T08:00:02Z,2025-06-03T08:00:02Z,1,30,0,0
keeps,growing,entered,eligible,2025-06-03T06:00:00Z,2025-06-03T06:00:00Z,1,30,0,0
converts,growing,exited,converted,2025-06-04T11:00:00.000007Z,2025-06-03T08:00:02Z,1,30,0,0
cancels,growing,entered,eligible,2025-06-05T10:00:00Z,2025-06-05T10:00:00Z,1,30,0,0
cancels,growing,exited,excluded,2025-06-06T07:30:00Z,2025-06-05T10:00:00Z,1,30,0,0
asks,growing,entered,hand_raised,2025-06-07T12:00:00Z,2025-06-07T12:00:00Z,1,0,0,0
fades,growing,exited,expired,2025-06-07T23:59:59.999999Z,2025-06-02T10:00:00.123456Z,1,30,0,0
keeps,growing,exited,expired,2025-06-08T23:59:59.999999Z,2025-06-03T06:00:00Z,1,70,0,0
CSV
LC_ALL=C sort -t, -k5,5 -k1,1 "$work/wanted.csv" >"$work/wanted.sorted"
LC_ALL=C sort -t, -k5,5 -k1,1 "$work/got.csv" >"$work/got.sorted"
diff "$work/wanted.sorted" "$work/got.sorted" >&2 || fail "not the moments and reasons counted by hand"
same "in order of time" "$(tail -n +2 "$work/got.csv" | cut -d, -f5)" "$(tail -n +2 "$work/got.csv" | cut -d, -f5 | LC_ALL=C sort)"

# People: each row has its user; an account's definition beside it has none.
"$usher" -C "$space" firings --csv --to 2025-06-04 | tr -d '\r' >"$work/people.csv"
same "header with people" "account,user,definition,what,reason,at,since,entry,version,usage,fit,intent" "$(head -n 1 "$work/people.csv")"
grep -q '^fades,u1,inviter,entered,eligible,2025-06-02T10:00:00.123456Z,' "$work/people.csv" || fail "the person of fades is not there"
grep -q '^fades,,growing,entered,' "$work/people.csv" || fail "an account has a user"

# Bounds are of what is told, not of what is replayed.
same "--from and --to" "cancels excluded 2025-06-06T07:30:00Z;asks hand_raised 2025-06-07T12:00:00Z" \
  "$("$usher" -C "$space" firings growing --json --from 2025-06-06 --to 2025-06-07T12:00:00Z | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert all(sum(l["value"] for l in r["lines"] if l["gate"] == "score") == r["usage"]["points"] for r in rows)
assert all(r["version"] == sys.argv[1] for r in rows), (rows, sys.argv)
print(";".join(r["account"] + " " + r["reason"] + " " + r["at"] for r in rows))' "$version")"
same "one account" "2" "$("$usher" -C "$space" firings growing --json --account converts --to 2025-06-12 | wc -l)"
"$usher" -C "$space" firings growing --to 2025-06-12 >"$work/out"
grep -q '▲ entered' "$work/out" && grep -q 'its aim came true' "$work/out" || { cat "$work/out"; fail "no words"; }
"$usher" -C "$space" --lang zh firings growing --to 2025-06-12 >"$work/out"
grep -q '▼ 退出' "$work/out" && grep -q '目标已达成' "$work/out" || { cat "$work/out"; fail "no Chinese"; }
"$usher" -C "$space" firings growing --to 2025-05-01 | grep -q 'Nobody entered' || fail "an empty answer says nothing"
same "an empty answer as CSV has a header" "1" "$("$usher" -C "$space" firings growing --csv --to 2025-05-01 | wc -l)"

refused() { # STATUS PATTERN COMMAND...
  local status=$1 pattern=$2 got=0
  shift 2
  "$@" >"$work/out" 2>&1 || got=$?
  same "status of $*" "$status" "$got"
  grep -q -- "$pattern" "$work/out" || { cat "$work/out"; fail "no $pattern in what $* says"; }
}
refused 3 'did you mean “growing”' "$usher" -C "$space" firings groving
refused 1 'later than --to' "$usher" -C "$space" firings --from 2025-07-01 --to 2025-06-01
refused 3 '没有名为' "$usher" -C "$space" --lang zh firings --account nobody

# Who is in by its firings is who stands in the queue.
consistent() { # WORKSPACE DEFINITION TIME…
  local space=$1 definition=$2
  shift 2
  "$usher" -C "$space" firings "$definition" --json >"$work/firings.json"
  [ "$(wc -l <"$work/firings.json")" -gt 20 ] || fail "$space: hardly any firings"
  for at in "$@"; do
    "$usher" -C "$space" queue "$definition" --at "$at" --json >"$work/queue.json"
    python3 - "$work/firings.json" "$work/queue.json" <<'PY' || fail "$space $definition at $at: firings and queue differ"
import datetime, json, sys
moment = lambda s: datetime.datetime.fromisoformat(s.replace("Z", "+00:00"))
queue = json.load(open(sys.argv[2]))
at = moment(queue["at"])
inside = {}
for row in map(json.loads, open(sys.argv[1])):
    if moment(row["at"]) > at:
        continue
    who = (row["account"], row.get("user"))
    if row["what"] == "entered":
        inside[who] = row["at"]
    else:
        assert inside.pop(who) == row["since"], row
wanted = {(r["account"], r["user"]): r["since"] for r in queue["rows"]}
if inside != wanted:
    print(sorted(inside.items() ^ wanted.items()))
sys.exit(inside != wanted)
PY
  done
}
"$usher" simulate "$work/sim" --events 30000 --seed 5 >/dev/null
mkdir "$work/s"
cat >"$work/s/usher.yml" <<'YML'
account: {unit: workspace}
signals:
  team: users(14d)
  edits: count("Document Edited", 14d)
qualify:
  busy:
    kind: pqa
    who: account.plan != "enterprise"
    must: [team >= 3, edits >= 4]
    score: {usage: [5 * edits]}
    stay: edits >= 1
    cooldown: 3d
    expires: 20d
  writer: {kind: pql, within: busy, must: ['count("Document Edited", 7d) >= 2']}
YML
"$usher" -C "$work/s" import "$work/sim/events.ndjson" "$work/sim/accounts.csv" >/dev/null
consistent "$work/s" busy 2025-03-01 2025-05-17T13:24:55Z 2025-09-30T23:59:59.999999Z 2025-12-31
consistent "$work/s" writer 2025-09-10T10:00:00Z
if [ -d "$shared/data/callmemaybe" ]; then
  mkdir "$work/calls"
  cp "$(dirname "$0")/../../examples/callmemaybe/usher.yml" "$work/calls/"
  "$usher" -C "$work/calls" import "$shared/data/callmemaybe/callmemaybe.ndjson.gz" >/dev/null
  consistent "$work/calls" team_on_the_phone 2019-09-14 2019-11-05T09:00:00Z 2019-11-28T09:00:00Z
else
  echo "callmemaybe: skipped, no real data here"
fi
