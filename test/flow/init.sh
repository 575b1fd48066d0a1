# A workspace from nothing but a log of events: it loads, and it has a queue; questions
# are asked on a terminal only; what is there is never overwritten.
. "$(dirname "$0")/lib.sh"

queue_of() { # SPACE LOG
  "$usher" init "$1" --from "$2" --yes >"$work/out" || { cat "$work/out"; fail "init of $2"; }
  "$usher" -C "$1" check >"$work/out" 2>&1 || { cat "$work/out"; fail "$1/usher.yml does not load"; }
  "$usher" -C "$1" import "$2" >/dev/null
  "$usher" -C "$1" queue --csv >"$work/queue.csv"
  [ "$(wc -l <"$work/queue.csv")" -gt 1 ] || fail "the queue of $2 is empty"
}

"$usher" simulate "$work/sim" --events 60000 --seed 7 >/dev/null
queue_of "$work/a" "$work/sim/events.ndjson"
for role in 'sign_up: "Account Created"' 'invite: "Invite Sent"' 'seat: "Seat Added"' \
  'limit: "Limit Reached"' 'checkout: "Checkout Started"' 'hand_raise: "Contact Sales Submitted"' \
  'path in \["/pricing"\]'; do
  grep -q "$role" "$work/a/usher.yml" || fail "not found: $role"
done
same "what git leaves alone" "data/" "$(cat "$work/a/.gitignore")"
[ -d "$work/a/data" ] || fail "no data/"

before=$(cat "$work/a/usher.yml")
if "$usher" init "$work/a" >"$work/out" 2>&1; then fail "usher.yml was overwritten"; fi
grep -q "$work/a/usher.yml" "$work/out" || fail "the error does not name the file"
same "usher.yml" "$before" "$(cat "$work/a/usher.yml")"

# What was promised is what qualifies when the last day is over (accounts leave at the
# end of a day), hand-raisers apart.
"$usher" init "$work/j" --from "$work/sim/events.ndjson" --json >"$work/profile.json"
promised=$(python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
print(next(r["definition"]["accounts_qualified"] for r in rows if "definition" in r))' "$work/profile.json")
sure=$("$usher" -C "$work/a" queue growing_teams --at 2026-01-01 --json | python3 -c '
import json, sys
print(sum(not row["hand_raised"] for row in json.load(sys.stdin)["rows"]))')
# Whom to talk to: the people of the account that stands first come first.
"$usher" -C "$work/a" queue --json | python3 -c '
import json, sys
rows = json.load(sys.stdin)["rows"]
place = {r["account"]: i for i, r in enumerate(r for r in rows if r["definition"] == "growing_teams")}
people = [place.get(r["account"], len(place)) for r in rows if r["definition"] == "buyer"]
sys.exit(not (len(people) > 1 and people == sorted(people)))' || fail "people are not in the order of their accounts"
[ $((sure - promised)) -le 2 ] && [ $((promised - sure)) -le 2 ] || fail "$promised were promised, $sure qualify"

# Without a log, in both languages, in a folder of its own or this one.
"$usher" init "$work/b/new" >/dev/null
"$usher" -C "$work/b/new" check >/dev/null || fail "the plain usher.yml does not load"
mkdir "$work/c"
(cd "$work/c" && "$usher" --lang zh init >"$work/out" && "$usher" check >/dev/null) || fail "zh"
grep -q '客户账户' "$work/c/usher.yml" || fail "no Chinese comments"
grep -q '下一步' "$work/out" || fail "no Chinese answer"

# Compressed, two at once, from standard input; a file of something else.
gzip -k "$work/sim/events.ndjson"
split -n l/2 "$work/sim/events.ndjson" "$work/half."
"$usher" init "$work/d" --from "$work/sim/events.ndjson.gz" >/dev/null
"$usher" init "$work/e" --from "$work/half.aa" --from "$work/half.ab" >/dev/null
"$usher" init "$work/f" --from - <"$work/sim/events.ndjson" >/dev/null
rest() { grep -v '^#' "$1/usher.yml"; }
same "gz" "$(rest "$work/a")" "$(rest "$work/d")"
same "halves" "$(rest "$work/a")" "$(rest "$work/e")"
same "standard input" "$(rest "$work/a")" "$(rest "$work/f")"
{ printf '[\n'; sed '$!s/$/,/' "$work/sim/events.ndjson"; printf ']\n'; } >"$work/array.json"
"$usher" init "$work/h" --from "$work/array.json" >/dev/null
same "one array" "$(rest "$work/a")" "$(rest "$work/h")"
"$usher" -C "$work/h" import "$work/array.json" >/dev/null
same "which is imported as the lines are" "$(print_of "$work/a" | cut -d, -f1,2)" "$(print_of "$work/h" | cut -d, -f1,2)"
if "$usher" init "$work/g" --from "$work/sim/payments.csv" >"$work/out" 2>&1; then fail "a table is no log"; fi
grep -q 'payments.csv' "$work/out" || fail "the error does not name the file"
[ ! -e "$work/g" ] || fail "a folder was made for nothing"

# On a terminal: what is doubtful is asked, at most five times, and the answer holds.
python3 - "$usher" "$work" <<'PY' || fail "questions"
import os, pty, sys
usher, work = sys.argv[1:]
with open(work + "/doubt.ndjson", "w") as out:
    for n in range(60):
        for day in range(1, 29):
            for event in ("Member Added", "User Joined", "Seat Purchased By", "Offered", "Register"):
                if event == "Offered" or (day + n) % 5 == 0:
                    out.write('{"type":"track","userId":"u%d","event":"%s","timestamp":"2025-06-%02d",'
                              '"context":{"groupId":"a%d"}}\n' % (n, event, day, n // 2))
pid, fd = pty.fork()
if pid == 0:
    os.execv(usher, [usher, "init", work + "/q", "--from", work + "/doubt.ndjson"])
said = b""
answers = [b"nonsense\n", b"99\n", b"User Joined\n"]
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    said += got
    if said.rstrip(b" ").endswith(b"*:"):
        os.write(fd, answers.pop(0) if answers else b"\n")
        said += b"\n"
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
text = said.decode()
asked = text.count("Which event")
taken = [l for l in open(work + "/q/usher.yml") if '"User Joined"' in l and not l.strip().startswith("#")]
print(text)
sys.exit(not (status == 0 and 1 <= asked <= 5 and taken and text.count("That is no number") == 2))
PY

[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
for set in callmemaybe onlineretail coreboot_git; do
  queue_of "$work/$set" "$shared/data/$set/$set.ndjson.gz"
done
grep -q 'seat: "Seat Activated"' "$work/callmemaybe/usher.yml" || fail "callmemaybe: no seats"
