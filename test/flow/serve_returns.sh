# A definition that was taken out and comes back unchanged goes on by what was told, also by
# a server that starts later: a replay runs through the time in which it was not there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # [MORE]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
exclude: account.blocked == true
qualify:
  stays: {kind: pqa, must: ['count("E0", 30d) >= 1']}
${1:-}
YML
}
gone="  gone: {kind: pqa, must: ['count(\"E0\", 30d) >= 1'], cooldown: 2d}"
sent=0
post() { # PATH BODY
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/$1" -d "{\"userId\":\"ann\",\"messageId\":\"m$sent\",$2}" | grep -q '^200 ' || fail "nothing is taken"
}
send() { post t "\"event\":\"E0\",\"context\":{\"groupId\":\"$1\"}"; }
blocked() { post g "\"groupId\":\"$1\",\"traits\":{\"blocked\":$2}"; } # ACCOUNT HOW
told() { # WHAT WANTED DEFINITION ACCOUNT
  until_state "$1" "$2" "SELECT change, ordinal FROM transitions WHERE definition = '$3' AND account = '$4' ORDER BY id"
}

config "$gone"
server_start "$space"
send one
told 'the first' 'entered,1' gone one
config
config_reload
send two
told 'while it is gone' 'entered,1' stays two
blocked two true
told 'likewise' 'entered,1 excluded,1' stays two
blocked two false
evaluated
config "$gone"
config_reload
told 'back' 'entered,1' gone two
server_stop

server_start "$space"
blocked two true
evaluated
told 'after a start' 'entered,1 excluded,1' gone two
told 'of which nobody said more' 'entered,1' gone one
server_stop
