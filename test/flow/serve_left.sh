# Once somebody is forgotten, definitions go on by how accounts stand. Whether one was
# ineligible since it expired was written down nowhere until then: the next start looks, and
# who was may come again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
qualify:
  team: {must: ['count("E", 2d) >= 1'], expires: 1d}
YML
days_ago() { date -u -d "$1 days ago" +%FT12:00:00Z; }
for account in gone back; do
  printf '{"type":"track","event":"E","userId":"u-%s","messageId":"%s","timestamp":"%s","receivedAt":"%s","context":{"groupId":"%s"}}\n' \
    "$account" "$account" "$(days_ago 20)" "$(days_ago 20)" "$account"
done >"$work/past.ndjson"
USHER_NOW=$(date -u +%FT%TZ) "$usher" -C "$space" import "$work/past.ndjson" >/dev/null
transitions="SELECT account, change, ordinal FROM transitions WHERE account = 'back' ORDER BY id"
server_start "$space"
until_state "the past is told" "back,entered,1 back,expired,1" "$transitions"
server_stop
"$usher" -C "$space" forget user u-gone >/dev/null
server_start "$space"
answer -u wk_web: "$base/v1/t" -d '{"event":"E","userId":"u-back","context":{"groupId":"back"}}' | grep -q ^200 || fail "nothing is taken"
until_state "it comes again" "back,entered,1 back,expired,1 back,entered,2" "$transitions"
server_stop
