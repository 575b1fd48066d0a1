# What had another text once goes on where it stands: a hold that runs is the same hold after
# a stop, a kill, a reload of something else and somebody forgotten, for an account and a person; a new text
# alone begins it anew.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # THRESHOLD [MORE]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
signals:
  starts: count("E0", 30d)
$([ -z "${2:-}" ] || echo "  $2")
qualify:
  team: {kind: pqa, must: [starts >= $1], hold: 3d}
  open: {kind: pqa, must: [starts >= 1]}
  buyer: {kind: pql, within: open, must: ['count("E0", 30d) >= $1'], hold: 3d}
YML
}
sent=0
send() { # ACCOUNT USER
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"userId\":\"$2\",\"messageId\":\"m$sent\",\"context\":{\"groupId\":\"$1\"}}" | grep -q '^200 ' || fail "no event is taken"
}
holds="SELECT definition, account, user, holding IS NOT NULL FROM standings ORDER BY 1, 2, 3"
since="SELECT definition, user, holding FROM standings WHERE account = 'acme' ORDER BY 1, 2"

# By the first text it is nobody's to write down: a replay says it.
config 1
server_start "$space"
send acme ann
evaluated
same 'of one text' '' "$(state "$holds")"
server_stop

config 2
server_start "$space"
evaluated
send acme ann
until_state 'by another text' 'buyer,acme,ann,1 team,acme,,1' "$holds"
first=$(state "$since")
goes_on() { # AFTER WHAT
  evaluated
  send acme ann
  send "other$sent" bob
  evaluated
  same "after $1" "$first" "$(state "$since")"
}
server_stop
server_start "$space"
goes_on 'a stop'
server_kill
server_start "$space"
goes_on 'a kill'
config 2 'others: count("E1", 7d)'
kill -HUP "$server"
for _ in $(seq 100); do
  ! grep -q '"server.said_config"' "$server_log" || break
  sleep 0.05
done
grep -q '"server.said_config"' "$server_log" || fail "it was not read anew"
goes_on 'a reload of something else'
server_stop
server_start "$space"
"$usher" -C "$space" forget user bob >/dev/null || fail "somebody cannot be forgotten"
goes_on 'somebody else is forgotten'
server_stop
server_start "$space"
goes_on 'and a start after that'
server_stop

# Another text again: it is something else that has to hold.
config 3
server_start "$space"
goes_anew() { [ "$(state "$since")" != "$first" ] && [ "$(state "$holds" | grep -o 'acme,[^ ]*' | paste -sd' ')" = "acme,ann,1 acme,,1" ]; }
for _ in $(seq 100); do
  ! goes_anew || break
  sleep 0.05
done
goes_anew || fail "a new text goes on with an old hold: $(state "$since")"
server_stop
