# Plays of a running server, edited and read again: another day from which one is live, one
# that was away, one that is on something else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # PLAY, or nothing [MORE DEFINITIONS]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources: {web: {key: wk_web}}
qualify:
  team: {kind: pqa, must: ['count("Invite Sent", 14d) >= 1']}
  wide: {kind: pqa, must: ['count(any, 14d) >= 1']}
${2:-}
YML
  [ -z "$1" ] || echo "plays: {help: $1}" >>"$space/usher.yml"
}
invite() { # ACCOUNT
  answer -u wk_web: "$base/v1/track" -d "{\"event\":\"Invite Sent\",\"userId\":\"u-$1\",\"messageId\":\"m-$1\",\"context\":{\"groupId\":\"$1\"}}" >/dev/null
}
made() { # ACCOUNT WANTED [DEFINITION]: of its entry, what help made of it, and whether it waits
  until_state "what is made of $1" "$2" "SELECT ifnull(r.routing, '-'), ifnull(b.status, '-') FROM transitions t LEFT JOIN routings r ON r.transition = t.id LEFT JOIN backlogs b ON b.definition = t.definition AND b.account = t.account AND b.ordinal = t.ordinal WHERE t.account = '$1' AND t.definition = '${3:-team}'"
}
waiting() { # DEFINITION WANTED
  until_state "who waits for $1" "$2" "SELECT account FROM backlogs WHERE definition = '$1' AND play = 'help' AND status = 0 ORDER BY account"
}

config '{on: team}'
server_start "$space"
until_state "it is met" help "SELECT name FROM plays"
invite one
made one 0,-

# ---- another day
config '{on: team, live_from: 2099-03-01}'
config_reload
invite postponed
made postponed 2,0
config '{on: team}'
config_reload
invite again
made again 0,-
made postponed 2,0

# ---- away, and back
config ''
config_reload
invite away
made away -,-
config '{on: team}'
config_reload
made away -,0
invite back
made back 0,-
server_stop
config ''
server_start "$space"
invite stopped
made stopped -,-
server_stop
config '{on: team}'
server_start "$space"
made stopped -,0
made away -,0

# ---- on something else
config '{on: wide}'
config_reload
waiting wide 'again away back one postponed stopped'
invite other
made other 0,- wide
made other -,-

# ---- on one that never ran, however long the play has been live
config '{on: fresh}' "  fresh: {kind: pqa, must: ['count(any, 20d) >= 1']}"
config_reload
waiting fresh 'again away back one other postponed stopped'
invite last
made last 0,- fresh
server_stop
config '{on: newer}' "  newer: {kind: pqa, must: ['count(any, 21d) >= 1']}"
server_start "$space"
waiting newer 'again away back last one other postponed stopped'
server_stop
