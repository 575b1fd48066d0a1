# Where what the configuration makes of history changed (who is never counted, a currency),
# a replay finds another past than the one that was told: what was told stays, who is
# eligible only now enters, and who is no more leaves, by a reload and by a start. So it is
# where an event comes to be called otherwise.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # INTERNAL [MORE]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace, internal: [$1]}
sources:
  web: {key: wk_web}
exclude: account.blocked == true
qualify:
  team: {kind: pqa, must: ['count("E0", 30d) >= 1']}
${2:-}
YML
}
sent=0
post() { # PATH BODY
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/$1" -d "{\"userId\":\"ann\",\"messageId\":\"m$sent\",$2}" | grep -q '^200 ' || fail "nothing is taken"
}
send() { post t "\"event\":\"E0\",\"context\":{\"groupId\":\"$1\"}"; }
blocked() { post g "\"groupId\":\"$1\",\"traits\":{\"blocked\":$2}"; } # ACCOUNT HOW
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT change, ordinal FROM transitions WHERE account = '$3' ORDER BY id"
}
given="SELECT given FROM versions"

config 'ours.com, theirs.com'
server_start "$space"
send ours.com
send one.org
told 'a customer' 'entered,1' one.org
same 'ours is no customer' '' "$(state "SELECT 1 FROM transitions WHERE account = 'ours.com'")"
config theirs.com
config_reload
told 'it is one now' 'entered,1' ours.com
blocked ours.com true
told 'and leaves' 'entered,1 excluded,1' ours.com
server_stop

config 'theirs.com, one.org'
server_start "$space"
told 'by a start' 'entered,1 redefined,1' one.org
server_stop

# It is changed by what history means alone; and not by a file of which nobody knows.
rm -r "$space/data"
config 'ours.com, theirs.com'
server_start "$space"
send one.org
told 'a customer again' 'entered,1' one.org
server_stop
config 'theirs.com, ours.com'
server_start "$space"
server_stop
same 'in another order' 0 "$(state "$given")"
python3 - "$space/data/state.sqlite" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
(kept,) = db.execute("SELECT config FROM positions").fetchone()
lines = kept.splitlines(True)
older = "".join(line for line in lines if not line.startswith("history: "))
if older == kept:
    sys.exit("it is not kept with the place")
db.execute("UPDATE positions SET config = ?", [older])
db.commit()
PY
config 'theirs.com'
server_start "$space"
send one.org
server_stop
same 'an older file' 0 "$(state "$given")"
config 'theirs.com' 'currency: EUR'
server_start "$space"
until_state 'another currency' 1 "$given"
told 'and nothing is told of it' 'entered,1' one.org
server_stop

# What an event is also called makes a new version of the definitions that count it, and of
# no others.
rm -r "$space/data"
called() { # EVENTS
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
$1
sources:
  web: {key: wk_web}
exclude: account.blocked == true
qualify:
  team: {kind: pqa, must: ['count("E0", 30d) >= 1']}
  buyer: {kind: pql, within: team, must: ['count("E0", 30d) >= 1']}
  other: {kind: pqa, must: ['count("E1", 30d) >= 9']}
YML
}
old() { post t "\"event\":\"Old E0\",\"context\":{\"groupId\":\"$1\"}"; }
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT change, ordinal FROM transitions WHERE account = '$3' AND definition = 'team' ORDER BY id"
}
called 'events: {invite: E2}'
server_start "$space"
send one.org
told 'it is called so' 'entered,1' one.org
old two.org
called 'events: {alias: {"E0": ["Old E0"]}}'
config_reload
told 'it was called so' 'entered,1' two.org
blocked two.org true
told 'and leaves' 'entered,1 excluded,1' two.org
old three.org
told 'it is still called so' 'entered,1' three.org
server_stop
called 'events: {alias: {"E0": ["Older E0"]}}'
server_start "$space"
told 'by a start' 'entered,1 redefined,1' three.org
told 'by its own name' 'entered,1' one.org
post t '"event":"Older E0","context":{"groupId":"four.org"}'
told 'and by another one' 'entered,1' four.org
server_stop
same 'no other is changed' '0 2' "$(state "SELECT max(given) FROM versions WHERE definition = 'other' UNION ALL SELECT count(*) FROM versions WHERE definition = 'team' AND given")"
