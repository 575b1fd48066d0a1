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
# It looks at what it has loaded: a line that comes before it does is among that.
for _ in $(seq 600); do [ "$(metric usher_evaluator_commits_total)" = 0 ] || break; sleep 0.05; done
answer -u wk_web: "$base/v1/t" -d '{"event":"E","userId":"u-back","context":{"groupId":"back"}}' | grep -q ^200 || fail "nothing is taken"
until_state "it comes again" "back,entered,1 back,expired,1 back,entered,2" "$transitions"
server_stop

# A journal that ends before what was told, as an older one that was put back alone does, is
# said to lack the rest.
python3 - "$space/data/state.sqlite" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("UPDATE positions SET segment = segment + 7").rowcount == 1
db.commit()
PY
server_start "$space"
for _ in $(seq 100); do grep -q 'server.said_evaluator_failed.*the journal lacks' "$server_log" && break; sleep 0.05; done
grep -q 'server.said_evaluator_failed.*the journal lacks' "$server_log" || fail "it does not say that the journal is older: $(cat "$server_log")"
server_stop
