# What a server decided while people came, got names, joined workspaces and sent what was
# late, killed on the way again and again, is what a replay of the history it wrote says:
# the same transitions at the same moments, each once. That is looked at after each kill, while
# clients pause, and at the end; after a hundred kills, of every EACH-th. KILLS for more.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
kills=${KILLS:-6}
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
signals:
  starts: count("E0", 400d)
qualify:
  team:
    kind: pqa
    must: [starts >= 4, 'users(400d) >= 3']
  busy:
    kind: pqa
    who: account.plan == "pro"
    must: ['sum("E1".n, 400d) >= 60']
  still:
    kind: pqa
    must: ['since("E2") >= 20', starts >= 1]
  buyer:
    kind: pql
    within: team
    who: user.role == "admin"
    must: ['count("E3", 400d) >= 1']
YML
server_start "$work/space"
port=${base##*:}
printf '%s' "$base" >"$work/base"
MIX=1 PAUSE=0.2 python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 3 >"$work/counts" &
client=$!
trap 'kill -CONT "$client" 2>/dev/null || true; cleanup' EXIT # it may pause
as_replayed() { # DEFINITIONS TRANSITIONS [DEFINITION ACCOUNT USER]
  "$usher" -C "$work/space" firings --json >"$work/replayed"
  python3 "$(dirname "$0")/told.py" "$work/space/data/state.sqlite" "$work/replayed" "$@" || fail "what was decided is not what a replay says"
}
RANDOM=5
for round in $(seq 1 "$kills"); do
  sleep "1.$((RANDOM % 10))"
  server_kill
  kill -0 "$client" || fail "the client ended by itself"
  server_start "$work/space"
  if [ "$round" -gt 100 ] && [ $((round % ${EACH:-10})) -ne 0 ]; then continue; fi
  kill -STOP "$client"
  evaluated
  loaded
  as_replayed 0 0
  kill -CONT "$client"
done
sleep 2
rm "$work/base"
wait "$client" || fail "the client was told something else than 200, 429 or 503"
# What no event follows is decided, and replayed, all the same.
answer -u wk_web: "$base/v1/b" -d '{"batch":[
  {"type":"track","event":"E0","userId":"last1","messageId":"l1","context":{"groupId":"last"}},
  {"type":"track","event":"E0","userId":"last2","messageId":"l2","context":{"groupId":"last"}},
  {"type":"track","event":"E0","userId":"last3","messageId":"l3","context":{"groupId":"last"}},
  {"type":"track","event":"E0","userId":"last1","messageId":"l4","context":{"groupId":"last"}},
  {"type":"track","event":"E3","userId":"last1","messageId":"l5","context":{"groupId":"last"}},
  {"type":"identify","userId":"last1","messageId":"l6","traits":{"role":"admin"}}]}' >/dev/null
for _ in $(seq 1 200); do
  [ "$(metric usher_history_lag_lines)" = 0 ] && break
  sleep 0.1
done
again=$(metric usher_accounts_given_anew_total)
server_stop
as_replayed 4 20 buyer last last1
cat "$work/counts"
echo "$again accounts were given their rows anew since the last start"
