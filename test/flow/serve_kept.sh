# A server that is stopped in good order leaves where accounts stand; the next start goes on
# from there without reading history, as if it had never been away: by a configuration that
# is the same, and where nothing came meanwhile. In any other case history is read.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
kept=$space/data/accounts.kept
mkdir "$space"
config() { # AT-LEAST
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
qualify:
  team: {kind: pqa, must: ['count("E0", 30d) >= $1', 'account.plan != "gone"']}
  keen: {kind: pql, within: team, must: ['count("E1", 7d) >= 2']}
outcomes:
  paid: {payment: first}
YML
}
sent=0
post() { # PATH BODY
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/$1" -d "{\"messageId\":\"m$sent\",$2}" | grep -q '^200 ' || fail "nothing is taken"
}
send() { post t "\"userId\":\"$1\",\"event\":\"$2\",\"context\":{\"groupId\":\"$3\"}"; } # USER EVENT ACCOUNT
plan() { post g "\"userId\":\"ann\",\"groupId\":\"$1\",\"traits\":{\"plan\":\"$2\"}"; } # ACCOUNT PLAN
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT change, ordinal FROM transitions WHERE account = '$3' ORDER BY id"
}
loads() { same "$1" "$2" "$(evaluated >/dev/null 2>&1; metric usher_history_loads_total)"; } # WHAT WANTED

config 2
server_start "$space"
send ann E0 one
send bob E0 two
send bob E1 two
plan two pro
plan one free
evaluated
loads 'the first start reads history' 1
server_stop
[ -s "$kept" ] || fail "nothing is left for the next start"

# What was counted before counts, of accounts and people, and texts are what they were.
server_start "$space"
evaluated
[ ! -e "$kept" ] || fail "it is there for one start alone"
send ann E0 one
told 'the second event' 'entered,1' one
send bob E0 two
told 'and its' 'entered,1' two
send bob E1 two
told 'and the person' 'entered,1 entered,1' two
loads 'history was not read' 0
server_stop

# Killed, it leaves nothing.
server_start "$space"
loads 'nor by the start after' 0
server_kill
[ ! -e "$kept" ] || fail "a server that was killed left something"
server_start "$space"
loads 'a start after a kill reads it' 1
server_stop

# Damaged, or by other words: history is read.
size=$(stat -c %s "$kept")
printf 'x' | dd of="$kept" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
server_start "$space"
loads 'a damaged file is not taken' 1
server_stop
config 3
server_start "$space"
loads 'nor with other definitions' 1
server_stop
echo '# a comment' >>"$space/usher.yml"
server_start "$space"
loads 'nor by another text' 1
server_stop
sed -i 's/a comment/b comment/' "$space/usher.yml"
server_start "$space"
loads 'of whatever length' 1
server_stop

# A server that is killed while it writes leaves half of one, for as long as it is away.
: >"$kept.new"
server_start "$space"
evaluated
[ ! -e "$kept.new" ] || fail "half of one stays"
server_stop

# Lines that came meanwhile, and who was forgotten meanwhile.
cp "$kept" "$work/kept"
echo '{"type":"track","event":"E0","userId":"cal","messageId":"late","context":{"groupId":"six"},"timestamp":"'"$(date -u +%FT%TZ)"'"}' >"$work/more.ndjson"
"$usher" -C "$space" import "$work/more.ndjson" >/dev/null || fail "no import"
server_start "$space"
loads 'nor with lines that nobody took' 1
server_stop
cp "$kept" "$work/kept"
"$usher" -C "$space" forget user bob >/dev/null || fail "not forgotten"
[ ! -e "$kept" ] || fail "who was forgotten is still there"
server_start "$space"
loads 'after a forgetting it is read' 1
server_stop

# One of before, put back, is overtaken.
server_start "$space"
loads 'it is left again' 0
send dan E0 seven
evaluated
cp "$work/kept" "$kept"
server_kill
server_start "$space"
loads 'what was overtaken is not taken' 1
server_stop
