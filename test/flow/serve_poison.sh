# What nobody means to send holds up nobody: whatever is taken is read by history and by
# decisions, is what a replay makes of it, and can be read anew.
# SECONDS_EACH for more, SEED for other messages.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(dirname "$0")
export CRM_KEY=crm
for unit in workspace company; do
  space=$work/$unit
  mkdir "$space"
  cat >"$space/usher.yml" <<YML
account: {unit: $unit}
currency: {report: EUR}
outcomes: {won: {deal: won}}
sources:
  web: {key: wk_web}
  crm: {kind: records, key: '\${CRM_KEY}'}
signals:
  sum: sum("E1".n, 400d)
  kinds: distinct("E0".kind, 30d)
  paid: account.paid(30d)
qualify:
  team: {kind: pqa, must: ['count("E0", 400d) >= 4', 'users(400d) >= 2']}
  rich: {kind: pqa, who: account.plan == "pro" or account.mrr > 0, must: ['days(400d) >= 1']}
  sold: {kind: pqa, aim: won, who: paid > 0, must: ['days(400d) >= 1']}
  buyer: {kind: pql, within: team, who: user.email contains "a", must: ['count("E2", 400d) >= 1']}
YML
  server_start "$space"
  python3 "$here/poison_client.py" "$base" "${SECONDS_EACH:-4}" "${SEED:-1}" || { cat "$server_log"; fail "$unit"; }
  kill -0 "$server" 2>/dev/null || { cat "$server_log"; fail "$unit: the server is gone"; }
  server_stop
  ! grep -q '"level":"\(warn\|error\|severe\)"' "$server_log" || { grep -v '"level":"info"' "$server_log"; fail "$unit: the log"; }
  "$usher" -C "$space" firings --json >"$work/replayed"
  python3 "$here/told.py" "$space/data/state.sqlite" "$work/replayed" 1 1 || fail "$unit: what was decided is not what a replay says"
  before=$(print_of "$space")
  "$usher" -C "$space" rebuild >/dev/null
  same "$unit, read anew" "$before" "$(print_of "$space")"
done
