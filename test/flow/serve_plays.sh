# Plays of a running server, edited and read again: another day from which one is live, one
# that was away, one that is on something else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # PLAYS [MORE DEFINITIONS]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources: {web: {key: wk_web}}
qualify:
  team: {kind: pqa, must: ['count("Invite Sent", 14d) >= 1']}
${2:-}
plays: $1
YML
}
reload() {
  same 'read again' 200 "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$base/api/v1/config/reload")"
}
invite() { # ACCOUNT
  answer -u wk_web: "$base/v1/track" -d "{\"event\":\"Invite Sent\",\"userId\":\"u-$1\",\"messageId\":\"m-$1\",\"context\":{\"groupId\":\"$1\"}}" >/dev/null
}
made() { # ACCOUNT WANTED: of its entries, what the play made of them, and whether it waits
  until_state "what is made of $1" "$2" "SELECT t.definition, ifnull(r.routing, '-'), ifnull(b.status, '-') FROM transitions t LEFT JOIN routings r ON r.transition = t.id LEFT JOIN backlogs b ON b.definition = t.definition AND b.account = t.account AND b.ordinal = t.ordinal WHERE t.account = '$1' ORDER BY t.definition"
}

config '{help: {on: team}}'
server_start "$space"
until_state "it is met" help "SELECT name FROM plays"
invite one
made one team,0,-

# ---- another day
config '{help: {on: team, live_from: 2099-03-01}}'
reload
invite postponed
made postponed team,2,0
config '{help: {on: team}}'
reload
invite again
made again team,0,-
made postponed team,2,0
server_stop
