# What a server decided while people came, got names, joined workspaces and sent what was
# late, killed on the way again and again, is what a replay of the history it wrote says:
# the same transitions at the same moments, each once. KILLS for more.
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
RANDOM=5
for _ in $(seq 1 "$kills"); do
  sleep "1.$((RANDOM % 10))"
  server_kill
  kill -0 "$client" || fail "the client ended by itself"
  server_start "$work/space"
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
"$usher" -C "$work/space" firings --json >"$work/replayed"
python3 - "$work/space/data/state.sqlite" "$work/replayed" <<'PY' || fail "what was decided is not what a replay says"
import datetime, json, sqlite3, sys
state = sqlite3.connect(sys.argv[1])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def text(t):
    return (epoch + datetime.timedelta(microseconds=t)).isoformat().replace("+00:00", "Z")
def moment(at):
    at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    return (at - epoch) // datetime.timedelta(microseconds=1)
rows = state.execute("SELECT definition, account, user, change, t, since, ordinal, live FROM transitions").fetchall()
told = {tuple(r[:7]) for r in rows}
if len(told) != len(rows):
    sys.exit("something was decided twice")
late = [r for r in rows if not r[7]]
if late:
    sys.exit(f"{len(late)} are said to be of the past, as {late[0]}")
replayed = set()
for line in open(sys.argv[2]):
    f = json.loads(line)
    replayed.add((f["definition"], f["account"], f["user"] or "", f["what"], moment(f["at"]),
                  moment(f["since"]), f["entry"]))
for name, one, other in (("decided and not replayed", told, replayed), ("replayed and not decided", replayed, told)):
    for t in sorted(one - other, key=lambda t: t[4])[:5]:
        print(name, t, text(t[4]))
kinds = {t[0] for t in replayed}
if ("buyer", "last", "last1") not in {t[:3] for t in replayed}:
    sys.exit("the last line of all is not replayed")
print(f"{len(told)} transitions of {len(kinds)} definitions")
sys.exit(told != replayed or len(kinds) < 4 or len(told) < 20)
PY
cat "$work/counts"
echo "$again accounts were given their rows anew since the last start"
