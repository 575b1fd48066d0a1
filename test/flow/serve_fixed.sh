# A fact of all time (account.fixed) that a CRM posts after an account did what qualifies: a
# replay sees it in the past, so what a server tells is that, whether it goes on, was killed
# before or after, reads its configuration anew or starts later; once, and not as live.
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
  any: {kind: pqa, must: ['count("E0", 30d) >= 2']}
  head: {kind: pql, within: big, must: ['count("E0", 30d) >= 1']}
${1:-}
YML
}
sent=0
send() { # ACCOUNT
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"userId\":\"of $1\",\"messageId\":\"m$sent\",\"context\":{\"groupId\":\"$1\"}}" | grep -q '^200 ' || fail "no event is taken"
}
visit() { # ACCOUNT: of somebody who says no name, whom no definition of people tells
  sent=$((sent + 1))
  answer -u wk_web: "$base/v1/t" -d "{\"event\":\"E0\",\"anonymousId\":\"one at $1\",\"messageId\":\"m$sent\",\"context\":{\"groupId\":\"$1\"}}" | grep -q '^200 ' || fail "no visit is taken"
}
uses() {
  send "$1"
  send "$1"
}
sized() { # ACCOUNT SIZE
  answer -H "Authorization: Bearer $CRM_KEY" "$base/v1/accounts" -d "{\"account\":\"$1\",\"size\":$2}" | grep -q '^200 {"added":1,' || fail "no row is taken"
}
told() { # WHAT WANTED ACCOUNT
  until_state "$1" "$2" "SELECT definition, change, ordinal, live FROM transitions WHERE account = '$3' ORDER BY definition, id"
}
replayed() {
  "$usher" -C "$space" firings --json >"$work/replayed"
  PAST="big head" python3 "$(dirname "$0")/told.py" "$space/data/state.sqlite" "$work/replayed" 3 "$1" >"$work/told" || { cat "$work/told"; fail "$2: what was decided is not what a replay says"; }
}
in='any,entered,1,1 big,entered,1,0 head,entered,1,0'

config
server_start "$space"
uses goes
visit goes
visit goes
uses reads
uses killed
told 'of no size' 'any,entered,1,1' killed
loads=$(metric usher_history_loads_total)
sized goes 80
told 'it goes on' "$in" goes
visit goes
send goes
evaluated
told 'and on' "$in" goes
same 'nobody else is loaded' "$loads" "$(metric usher_history_loads_total)"
sized goes 80
again=$(metric usher_accounts_given_anew_total)
evaluated
same 'said once more, nobody is evaluated' "$again" "$(metric usher_accounts_given_anew_total)"

# The definitions are others as soon as it is there, by a load beside and by one that waits.
sized reads 80
config '  none: {kind: pqa, must: ["count(\"E9\", 30d) >= 2"]}'
config_reload
told 'and then a reload' "$in" reads

# Killed as soon as it is answered, again and again.
for n in 1 2 3 4 5; do
  uses "killed$n"
  evaluated
  sized "killed$n" 80
  [ "$n" = 1 ] || sleep "0.00$n"
  server_kill
  server_start "$space"
  told "and then a kill ($n)" "$in" "killed$n"
done
server_stop

# Imported while there is no server, and a moment of its own after that.
printf 'account,size\nkilled,90\n' >"$work/accounts.csv"
"$usher" -C "$space" import "$work/accounts.csv" >/dev/null
server_start "$space"
told 'and then a start' "$in" killed
server_stop
replayed 21 'in the end'
