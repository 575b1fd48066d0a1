# People of accounts that qualified (within) go by where those stand: where that definition has
# another text, a replay has other people in it than were told, though theirs is what it was.
# Who is eligible only now enters, and who was told leaves, by a reload and by a start.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # THRESHOLD
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
exclude: account.blocked == true
qualify:
  buyer: {kind: pql, within: team, must: ['count("E0", 30d) >= 1']}
  team: {kind: pqa, must: ['count("E0", 30d) >= $1']}
YML
}
sent=0
post() { # PATH BODY
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/$1" -d "{\"userId\":\"ann\",\"messageId\":\"m$sent\",$2}" | grep -q '^200 ' || fail "nothing is taken"
}
send() { post t "\"event\":\"E0\",\"context\":{\"groupId\":\"$1\"}"; }
blocked() { post g "\"groupId\":\"$1\",\"traits\":{\"blocked\":true}"; }
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT definition, change, ordinal FROM transitions WHERE account = '$3' ORDER BY definition, id"
}

config 3
server_start "$space"
send two
send two
send four
send four
send four
send four
told 'by a higher threshold' 'buyer,entered,1 team,entered,1' four
evaluated
config 2
config_reload
told 'by a lower one' 'buyer,entered,1 team,entered,1' two
server_stop
server_start "$space"
blocked two
told 'and leaves after a start' 'buyer,entered,1 buyer,excluded,1 team,entered,1 team,excluded,1' two
server_stop
# They leave as they do when their account left: at the end of the day.
config 5
faults_built
truncate -s 32 "$USHER_FAULTS"
LD_PRELOAD=$work/faults.so server_start "$space"
told 'by a higher one, by a start' 'buyer,entered,1 team,entered,1 team,redefined,1' four
python3 -c 'import struct, sys; open(sys.argv[1], "r+b").write(struct.pack("=qqqq", 0, 0, 86400 * 1000000, 0))' "$USHER_FAULTS"
post t '"event":"E1","context":{"groupId":"other"}'
told 'and at the end of the day' 'buyer,entered,1 buyer,left,1 team,entered,1 team,redefined,1' four
server_stop
