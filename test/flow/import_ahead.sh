# A row of a file that is dated ahead of the import is known at the import: else nothing
# that is posted after it would be decided before that day.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
signals:
  starts: count("E", 7d)
qualify:
  team: {kind: pqa, must: [starts >= 2]}
YML
cat >"$work/ahead.ndjson" <<'NDJSON'
{"type":"track","userId":"u1","event":"E","messageId":"i1","timestamp":"2099-06-01T00:00:00Z","context":{"groupId":"acme"}}
{"type":"track","userId":"u1","event":"F","messageId":"i2","timestamp":"2098-06-01T00:00:00Z","receivedAt":"2099-06-01T00:00:00Z","context":{"groupId":"acme"}}
{"type":"track","userId":"u1","event":"F","messageId":"i3","timestamp":"2025-06-01T00:00:00Z","context":{"groupId":"acme"}}
NDJSON
printf 'account,at,amount\nacme,2099-01-02,120\n' >"$work/payments.csv"
"$usher" -C "$work/space" import "$work/ahead.ndjson" "$work/payments.csv" >/dev/null
same 'none is known on a day to come' true "$(cell "$work/space" "SELECT max(known) <= now() AND max(happened) <= now() FROM events_now")"
same 'and they are told' 2 "$(cell "$work/space" "SELECT count(*) FROM event_log WHERE skewed")"
same 'nor is money' true "$(cell "$work/space" "SELECT max(known) <= now() FROM payments")"
server_start "$work/space"
answer -u wk_web: "$base/v1/track" -d '{"userId":"u1","event":"E","messageId":"m1","context":{"groupId":"acme"}}' >/dev/null
for _ in $(seq 1 100); do
  [ "$(metric usher_transitions_total)" = 1 ] && break
  sleep 0.05
done
same 'it is decided' '"entered"' "$(curl -s "$base/api/v1/transitions" | grep -o '"entered"')"
server_stop
