# What a play makes of who qualifies (semantics 22, 23): those who did before it was live
# are its backlog, those who do while it is get a handoff, and no restart does any of it
# twice.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
config() { # PLAYS
  cat >"$space/usher.yml" <<YML
account: {unit: workspace}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: crm_secret}
outcomes: {paid: {payment: first}}
qualify:
  team: {aim: paid, must: ['count("Invite Sent", 14d) >= 2']}
  quiet: {aim: paid, must: ['count("Nothing", 14d) >= 2']}
plays: $1
YML
}
config '{help: {on: team}, idle: {on: quiet}}'

changes="SELECT account, change, live FROM transitions ORDER BY account, id"
handoffs="SELECT play, account, status FROM handoffs ORDER BY id"
backlogs="SELECT play, account, status FROM backlogs ORDER BY id"
invite() { # ACCOUNT N
  answer -u wk_web: "$base/v1/track" -d "{\"event\":\"Invite Sent\",\"userId\":\"u-$1\",\"messageId\":\"$1-$2\",\"context\":{\"groupId\":\"$1\"}}" >/dev/null
}

# Before any server: one that stays, one that pays.
day=$(date -u -d '3 days ago' +%F)
for account in old paid; do
  for n in 1 2; do
    printf '{"type":"track","event":"Invite Sent","userId":"u-%s","messageId":"%s-%s","timestamp":"%sT0%s:00:00Z","context":{"groupId":"%s"}}\n' "$account" "$account" "$n" "$day" "$n" "$account"
  done
done >"$work/past.ndjson"
printf 'account,at,amount\npaid,%sT05:00:00Z,10\n' "$day" >"$work/past.csv"
"$usher" -C "$space" import "$work/past.ndjson" "$work/past.csv" >/dev/null

server_start "$space"
until_state "the past is told, as past" "old,entered,0 paid,entered,0 paid,converted,0" "$changes"
same "who is qualified already is a backlog" "help,old,0" "$(state "$backlogs")"
same "and goes nowhere by itself" "" "$(state "$handoffs")"
seen=$(state "SELECT name, first_seen, live_from = first_seen FROM plays ORDER BY name")

invite acme 1
invite acme 2
until_state "one that qualifies now" "acme,entered,1 old,entered,0 paid,entered,0 paid,converted,0" "$changes"
same "gets a handoff" "help,acme,queued" "$(state "$handoffs")"
answer -H 'Authorization: Bearer crm_secret' "$base/v1/payments" -d "{\"account\":\"acme\",\"at\":\"$(date -u +%FT%TZ)\",\"amount\":10}" >/dev/null
until_state "its payment" "acme,entered,1 acme,converted,1" "SELECT account, change, live FROM transitions WHERE account = 'acme' ORDER BY id"
same "the handoff outlives its end" "help,acme,queued" "$(state "$handoffs")"
server_stop

all=$(state "SELECT * FROM transitions")
server_start "$space"
invite next 1
invite next 2
until_state "after a stop" "help,acme,queued help,next,queued" "$handoffs"
server_kill
server_start "$space"
invite last 1
invite last 2
until_state "after a kill" "help,acme,queued help,next,queued help,last,queued" "$handoffs"
same "what was told stays as it was" "$all" "$(state "SELECT * FROM transitions ORDER BY id LIMIT 5")"
same "and comes once" 7 "$(state "SELECT count(*) FROM transitions")"
# A backup from under the server is whole, and a server on it begins where that one was.
"$usher" -C "$space" backup "$work/backup" >/dev/null
"$usher" backup --verify "$work/backup" >/dev/null
same "the plays are those they were" "$seen" "$(state "SELECT name, first_seen, live_from = first_seen FROM plays ORDER BY name")"
server_stop

# A play of later: whoever is in when it is first seen.
config '{help: {on: team}, more: {on: team, live_from: 2099-01-01}}'
server_start "$space"
until_state "its backlog" "help,old,0 more,old,0 more,next,0 more,last,0" "$backlogs"
invite far 1
invite far 2
until_state "before the day it is to be live" "more,far,0" "SELECT play, account, status FROM backlogs WHERE account = 'far'"
same "each play has its own word for it" "help,0 more,2" "$(state "SELECT r.play, r.routing FROM routings r JOIN transitions t ON t.id = r.transition WHERE t.account = 'far' ORDER BY r.play")"
server_stop

# By hand, beside a server, and so many a week.
server_start "$space"
same "who waits" "help,old more,old more,next more,last more,far" "$("$usher" -C "$space" backlog --csv | tail -n +2 | cut -d, -f2,3 | tr '\n' ' ' | sed 's/ $//')"
id=$(state "SELECT id FROM backlogs WHERE play = 'help'")
"$usher" -C "$space" backlog release "$id" | grep -q "^$id is handoff " || fail "release says nothing"
same "one of them is handed on" "help,old,queued" "$(state "SELECT play, account, status FROM handoffs WHERE account = 'old'")"
"$usher" -C "$space" backlog release "$id" 2>"$work/said" && fail "it is released twice"
grep -q "$id does not wait in a backlog" "$work/said" || fail "twice is not told: $(cat "$work/said")"
"$usher" -C "$space" backlog release one 2>"$work/said" && fail "one is an id"
grep -q "one is no id of a backlog" "$work/said" || fail "no id is not told"
for account in next last; do
  other=$(state "SELECT id FROM backlogs WHERE play = 'more' AND account = '$account'")
  "$usher" -C "$space" backlog release "$other" 2>"$work/said" && fail "$account has two open handoffs"
  grep -q "has an open handoff already" "$work/said" || fail "an open handoff is not told"
done
server_stop
config '{more: {on: team, live_from: 2099-01-01}}'
server_start "$space"
for account in sole solo; do
  invite "$account" 1
  invite "$account" 2
done
until_state "two without a handoff" "sole,0 solo,0" "SELECT account, status FROM backlogs WHERE account IN ('sole', 'solo') ORDER BY id"
server_stop
config '{more: {on: team, live_from: 2099-01-01, backlog: 1}}'
for _ in 1 2; do # another start is not another week
  server_start "$space"
  until_state "the first that can, of one a week" "more,sole" "SELECT play, account FROM handoffs WHERE play = 'more'"
  server_stop
done

"$usher" restore "$work/backup" "$work/back" >/dev/null
space=$work/back
server_start "$space"
invite other 1
invite other 2
until_state "a server on the backup" "help,acme,queued help,next,queued help,last,queued help,other,queued" "$handoffs"
same "tells nothing twice" 8 "$(state "SELECT count(*) FROM transitions")"
same "nor what it told before in other words" "$all" "$(state "SELECT * FROM transitions ORDER BY id LIMIT 5")"
server_stop
