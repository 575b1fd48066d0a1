# What was told and a replay no longer says, since a fact of all time (account.fixed) is
# another one now or old lines were imported, goes on as it was told: whether the server goes
# on, is killed once or twice, reads its configuration anew or starts later, an account that
# is in leaves by its own rule, and an exit is told of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
export CRM_KEY=crm_secret
config() { # [MORE]
  cat >"$space/usher.yml" <<YML
account: {unit: workspace, fixed: [size]}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: '\${CRM_KEY}'}
exclude: account.blocked == true
qualify:
  big: {kind: pqa, must: ['count("E0", 30d) >= 2', account.size >= 50]}
  head: {kind: pql, within: big, must: ['count("E0", 30d) >= 1']}
  quiet: {kind: pqa, must: ['count("E0", 30d) >= 2', 'count("E1", 30d) < 1']}
${1:-}
YML
}
sent=0
send() { # ACCOUNT
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"userId\":\"of $1\",\"messageId\":\"m$sent\",\"context\":{\"groupId\":\"$1\"}}" | grep -q '^200 ' || fail "no event is taken"
}
row() { # ACCOUNT TRAITS
  answer -H "Authorization: Bearer $CRM_KEY" "$base/v1/accounts" -d "{\"account\":\"$1\",$2}" | grep -q '^200 {"added":1,' || fail "no row is taken"
}
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT definition, change, ordinal, live FROM transitions WHERE account = '$3' ORDER BY definition, id"
}
in='big,entered,1,1 head,entered,1,1 quiet,entered,1,1'
out='big,entered,1,1 big,excluded,1,1 head,entered,1,1 head,excluded,1,1 quiet,entered,1,1 quiet,excluded,1,1'
old_line() { # ACCOUNT: of days ago, of which all are known then
  printf '{"type":"track","userId":"of %s","event":"E1","messageId":"old %s","timestamp":"%s","context":{"groupId":"%s"}}\n' \
    "$1" "$1" "$(date -u -d '5 days ago' +%FT%TZ)" "$1"
}

config
server_start "$space"
for account in goes killed twice reads imported stopped; do
  row "$account" '"size":80'
  send "$account"
  send "$account"
  told 'it is large' "$in" "$account"
done
for account in goes killed twice reads stopped; do
  row "$account" '"size":8'
done
evaluated
for account in goes killed twice reads stopped; do
  told 'what was told stays' "$in" "$account"
done
row goes '"blocked":true'
told 'it goes on' "$out" goes

server_kill
server_start "$space"
row killed '"blocked":true'
told 'and then a kill' "$out" killed
server_kill
server_start "$space"
send twice
evaluated
server_kill
server_start "$space"
told 'by nothing else' "$in" twice
row twice '"blocked":true'
told 'and then kills' "$out" twice
told 'which tell nothing more' "$out" killed

config '  none: {kind: pqa, must: ["count(\"E9\", 30d) >= 2"]}'
config_reload
until_state 'the other configuration is in force' none "SELECT DISTINCT definition FROM versions WHERE definition = 'none'"
row reads '"blocked":true'
told 'and then a reload' "$out" reads

# Lines that were there before anybody was told, while it runs and while it does not.
old_line imported >"$work/imported.ndjson"
"$usher" -C "$space" import "$work/imported.ndjson" >/dev/null
evaluated
told 'it is told what it was' "$in" imported
row imported '"blocked":true'
told 'and then an import' "$out" imported
server_stop
old_line stopped >"$work/stopped.ndjson"
"$usher" -C "$space" import "$work/stopped.ndjson" >/dev/null
server_start "$space"
evaluated
told 'it is told what it was' "$in" stopped
server_kill
server_start "$space"
row stopped '"blocked":true'
told 'and then an import and a start' "$out" stopped
same 'nothing is told twice' 6 "$(state "SELECT count(*) FROM transitions WHERE account = 'stopped'")"
server_stop
