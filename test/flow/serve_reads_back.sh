# What a server answered 200 is a line that can be read back: texts that are shown cut, in
# letters of more than one byte, and messages as deep as they may be, by every dialect and
# from a file. Else one message of anybody's would hold up history and decisions for good.
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
  team: {kind: pqa, must: ['count("E", 7d) >= 1']}
YML
server_start "$work/space"
python3 - "$base" "$work/deep.ndjson" <<'PY' || fail "a message is not answered as it should be"
import datetime, json, sys, urllib.error, urllib.request

base, file = sys.argv[1:]
now = datetime.datetime.now(datetime.timezone.utc).isoformat()


def post(path, text):
    ask = urllib.request.Request(base + path, text.encode(), {"X-Write-Key": "wk_web"})
    try:
        with urllib.request.urlopen(ask) as answer:
            return answer.status, json.loads(answer.read() or "{}")
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())


wrong = []
cut = [{"event": "长" * 90}, {"event": "E", "timestamp": "2026年12月25日星期五 下午3:04:05"}, {"type": "长" * 90, "event": "E"},
       {"type": ["长" * 90], "event": "E"}]
cut = [{"type": "track", "userId": "u", "messageId": f"cut{i}", **m} for i, m in enumerate(cut)]
status, said = post("/v1/batch", json.dumps({"batch": cut}, ensure_ascii=False))
if (status, said.get("dead")) != (200, len(cut)):
    wrong.append((status, said))

# The deepest that each takes, and one level more.
forms = {
    "/v1/track": '{"userId":"u","context":{"groupId":"g"},"event":"E","messageId":"%s","properties":{"a":%s}}',
    "/v1/batch": '{"batch":[{"type":"track","userId":"u","context":{"groupId":"g"},"event":"E","messageId":"%s","properties":{"a":%s}}]}',
    "/i/v1/analytics/events": '{"api_key":"wk_web","batch":[{"event":"E","distinct_id":"u","uuid":"%s","properties":{"$groups":{"company":"g"},"a":%s}}]}',
    "/api/s/track": '{"userId":"u","context":{"groupId":"g"},"event":"E","messageId":"%s","properties":{"a":%s}}'}
number = 0
for path, form in forms.items():
    taken = []
    for depth in range(56, 66):
        number += 1
        deep = "[" * depth + "]" * depth
        status, said = post(path, form % (f"0190b2f6-0000-7000-8000-{number:012}", deep))
        taken.append(status == 200 and not said.get("dead"))
    if not taken[0] or taken[-1] or taken != sorted(taken, reverse=True):
        wrong.append((path, taken))
with open(file, "w") as out:
    for depth in range(56, 66):
        out.write('{"type":"track","userId":"v","context":{"groupId":"f"},"event":"E","messageId":"%d","timestamp":"%s","properties":{"a":%s}}\n' % (
            depth, now, "[" * depth + "]" * depth))
for what in wrong:
    print(what)
sys.exit(len(wrong) > 0)
PY
for _ in $(seq 1 200); do
  [ "$(metric usher_history_lag_lines)" = 0 ] && [ "$(metric usher_decisions_lag_lines)" = 0 ] && break
  sleep 0.05
done
same 'history has all lines' 0 "$(metric usher_history_lag_lines)"
same 'and is well' '{"status":"ready","reasons":[]' "$(curl -s "$base/readyz" | cut -c1-30)"
same 'decisions have all lines' 1 "$(metric usher_transitions_total)"
dead=$(curl -s "$base/api/v1/dead-letters?limit=100" | python3 -c 'import json, sys; print(len([x for x in json.load(sys.stdin)["dead_letters"] if any(c in json.dumps(x, ensure_ascii=False) for c in "长年")]))')
same 'letters in their words' 4 "$dead"
curl -s "$base/api/v1/dead-letters?limit=100" | grep -q '�' && fail "a letter has half a character"
server_stop

"$usher" -C "$work/space" import "$work/deep.ndjson" >/dev/null
before=$(print_of "$work/space")
"$usher" -C "$work/space" rebuild >/dev/null
same 'all is read anew' "$before" "$(print_of "$work/space")"
same 'those from a file, too' 1 "$("$usher" -C "$work/space" query --csv "SELECT count(*) >= 6 FROM events_now WHERE account = 'f'" | tail -n 1 | tr -d '\r' | sed 's/true/1/')"
"$usher" -C "$work/space" forget user v >/dev/null
same 'and forgotten' 0 "$(cell "$work/space" "SELECT count(*) FROM events_now WHERE account = 'f'")"
