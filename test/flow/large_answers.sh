# Answers have an end, however much there is to tell: a list of what is large comes in
# pages, and an explanation that is too long says how many of its lines it leaves out.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
python3 - "$space/usher.yml" <<'PY'
import sys
wide = ['count("Invite Sent" where kind in [%s], 14d) >= 0' % ", ".join('"%s"' % (str(1000 * line + n) * 60) for n in range(50))
        for line in range(1, 21)]
with open(sys.argv[1], "w") as f:
    f.write("account: {unit: workspace}\nsources: {web: {key: wk_web}}\nsignals: {invites: 'count(\"Invite Sent\", 14d)'}\n")
    f.write("qualify:\n  team: {must: ['invites >= 2']}\n  wide:\n    must:\n      - invites >= 2\n")
    f.write("".join("      - '%s'\n" % line for line in wide) + "      - invites >= 1\n")
PY
field() { # PYTHON OF j, of what the last answer's body is
  python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1"
}

# ---- an explanation
server_start "$space"
for n in 1 2; do answer -u wk_web: "$base/v1/t" -d '{"event":"Invite Sent","userId":"u1","messageId":"m'$n'","context":{"groupId":"acme"}}' >/dev/null; done
for _ in $(seq 100); do [ "$(metric usher_transitions_total)" = 2 ] && break; sleep 0.05; done
answer "$base/api/v1/transitions?definition=team" >/dev/null
same 'one that is whole' '1 False' "$(field '"%d %s" % (len(j["transitions"][0]["explanation"]["lines"]), "left_out" in j["transitions"][0]["explanation"])')"
answer "$base/api/v1/transitions?definition=wide" >/dev/null
same 'one that is too long' 'True 22' "$(field '(lambda x: "%s %d" % (0 < x["left_out"] < 21, x["left_out"] + len(x["lines"])))(j["transitions"][0]["explanation"])')"
same 'the short line behind the long ones' 'invites >= 1' "$(field 'j["transitions"][0]["explanation"]["lines"][-1]["expression"]')"
server_stop

# ---- lists: each of these would be more than a request may hold
python3 - "$space/data/state.sqlite" <<'PY'
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
why = json.dumps({"lines": ["x" * 250000]})
names = [c[1] for c in db.execute("PRAGMA table_info(transitions)") if c[1] != "id"]
taken = ", ".join({"definition": "'gone'", "account": "'a' || n", "explanation": "?1"}.get(name, name) for name in names)
db.execute("WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 300) INSERT INTO transitions (%s) "
           "SELECT %s FROM transitions, up WHERE id = 1" % (", ".join(names), taken), (why,))
args = json.dumps({"kind": "diff", "of": ["team"], "config": "# " + "x" * 1000000})
db.executemany("INSERT INTO jobs (kind, args, status, result, created, started, ended) VALUES ('diff', ?, 2, '{}', 1, 1, 1)", [(args,)] * 80)
db.commit()
PY
server_start "$space"
pages() { # LIST WANTED: all of them are there, in pages
  local after='' count=0 rows=0
  while [ "$after" != None ]; do
    same "$1" 200 "$(curl -s -S -o "$work/answer" -w '%{http_code}' "$base/api/v1/$1?limit=1000${after:+&after=$after}")"
    [ "$(wc -c <"$work/answer")" -lt 16777216 ] || fail "a page of $1 is large"
    rows=$((rows + $(field "len(j['$1'])")))
    after=$(field 'j["next"]')
    count=$((count + 1))
    [ "$count" -le 100 ] || fail "$1 has no end"
  done
  same "$1" "$2" "$rows"
}
pages transitions 302
pages studies 80
python3 - "$space/usher.yml" >"$work/body" <<'PY'
import json, sys
print(json.dumps({"kind": "diff", "of": ["team"], "config": open(sys.argv[1]).read() + "# x\n" * 300000}))
PY
same 'a request that is not kept whole' 413 "$(curl -s -o "$work/answer" -w '%{http_code}' "$base/api/v1/studies" --data-binary "@$work/body")"
grep -q '1 MB' "$work/answer" || fail "it does not say how much may be: $(head -c 500 "$work/answer")"
same 'a study is whole' 1000002 "$(curl -s -o "$work/answer" "$base/api/v1/studies/1"; field 'len(j["asked"]["config"])')"
# ---- verdicts: each of those refused is named, and of the others as many as there is room for
python3 - >"$work/body" <<'PY'
import json
rows = [{"event": "" if n % 50 == 49 else "E", "distinct_id": "u", "uuid": "%06d" % n + "x" * 490} for n in range(18000)]
print(json.dumps({"api_key": "wk_web", "batch": rows}, separators=(",", ":")))
PY
same 'many verdicts' 200 "$(curl -s -S -o "$work/answer" -w '%{http_code}' "$base/i/v1/analytics/events" --data-binary @"$work/body")"
same 'what they are' '360 360 True' "$(field '(lambda r: "%d %d %s" % (sum(v["result"] == "drop" for v in r.values()), j["dead"], 9000 < len(r) < 18000))(j["results"])')"
server_stop
