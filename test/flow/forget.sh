# A person is forgotten: what is left is what there would be had she never come, nothing
# under data/ names her, others' firings stay, and a rebuild gives the same. By import
# first, then with a server that takes events all the while.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(dirname "$0")
lines=$(python3 "$here/forget_data.py" "$work")

rules() { # FOLDER
  mkdir "$1"
  cat >"$1/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
exclude: account.plan == "gone"
signals:
  invites: count("Invite Sent", 7d)
user_signals:
  sent: count("Invite Sent", 30d)
qualify:
  team:
    kind: pqa
    must: [invites >= 20]
  pair:
    kind: pqa
    must: [users(30d) >= 2]
  buyer:
    kind: pql
    within: team
    who: user.role == "admin"
    must: [sent >= 5]
YML
}

# Everything that lines became, without their numbers and places.
dump() { # WORKSPACE
  local sql
  while read -r sql; do
    printf '%s\n' "-- $sql"
    "$usher" -C "$1" query --csv "$sql"
  done <<'SQL'
SELECT happened, known, event, account, person, identified, user_id, anonymous_id, group_id, source, internal FROM event_log ORDER BY ALL
SELECT happened, known, event, account, person, identified FROM events_now ORDER BY ALL
SELECT known, kind, from_key, to_key, undone FROM links ORDER BY ALL
SELECT * EXCLUDE (seq) FROM user_traits ORDER BY ALL
SELECT * EXCLUDE (seq) FROM account_traits ORDER BY ALL
SELECT * EXCLUDE (seq) FROM contacts_view ORDER BY ALL
SELECT * EXCLUDE (seq) FROM activities_view ORDER BY ALL
SELECT person, identified, internal, merged FROM people_view ORDER BY ALL
SELECT key FROM accounts ORDER BY ALL
SELECT name FROM names ORDER BY ALL
SELECT reason, count(*) FROM dead_letters GROUP BY reason
SQL
  "$usher" -C "$1" firings --json
}

# Not a file under data/ holds a name of hers, packed or not, nor does history say one.
nowhere() { # WORKSPACE
  local file names='ada-7731|a-5e21-ffa0|old-ada-77|(^|[^n])ada\.l@|(^|[^n])ada\.l%40|Ada L|Head of Ops'
  while read -r file; do
    case $file in
    *.zst) zstdcat "$file" ;;
    *) cat "$file" ;;
    esac >"$work/bytes"
    ! grep -aqiE "$names" "$work/bytes" || fail "$file still names her: $(grep -aoiE "$names" "$work/bytes" | head -n 1)"
  done < <(find "$1/data" -type f)
  dump "$1" >"$work/said"
  ! grep -qiE "$names" "$work/said" || fail "history still names her: $(grep -iE "$names" "$work/said" | head -n 1)"
}

holds() { # WORKSPACE: the journal is whole
  rm -rf "$work/copy"
  "$usher" -C "$1" backup "$work/copy" >/dev/null || fail "the journal is damaged"
}

rules "$work/a" && rules "$work/b"
"$usher" -C "$work/a" import "$work"/all/* >/dev/null 2>&1
"$usher" -C "$work/b" import "$work"/without/* >/dev/null 2>&1

# What would go is counted, and nothing touched.
before=$(dump "$work/a" | sha256sum)
"$usher" -C "$work/a" forget user ADA.L@norvik.example --dry-run --json >"$work/would"
same "a dry run changes nothing" "$before" "$(dump "$work/a" | sha256sum)"
same "her messages" "{\"what\":\"message\",\"lines\":$lines}" "$(head -n 1 "$work/would")"
same "what names her" '{"what":"masked","lines":4}' "$(tail -n 1 "$work/would")"
for id in ada-7731 a-5e21-ffa0 old-ada-77; do
  same "she is found by $id" "$(cat "$work/would")" "$("$usher" -C "$work/a" forget user "$id" --dry-run --json)"
done

"$usher" -C "$work/a" forget user ada-7731 --json >"$work/went"
same "what went is what would go" "$(cat "$work/would")" "$(cat "$work/went")"
nowhere "$work/a"
holds "$work/a"
dump "$work/a" >"$work/a.dump"
dump "$work/b" >"$work/b.dump"
diff "$work/a.dump" "$work/b.dump" >"$work/diff" || fail "it is not as if she had never come: $(head -n 5 "$work/diff")"
[ "$(grep -c '"what":"entered"' "$work/a.dump")" -ge 2 ] || fail "hardly anything fired, so nothing was compared"
"$usher" -C "$work/a" rebuild >/dev/null
dump "$work/a" | diff - "$work/b.dump" >/dev/null || fail "a rebuild gives something else"

# Nobody is there any more; nobody else is harmed; the file again does not bring her back.
status=0
"$usher" -C "$work/a" forget user ada-7731 2>"$work/err" || status=$?
[ "$status" -ne 0 ] && grep -q 'nobody is known by ada-7731' "$work/err" || fail "a second time: $(cat "$work/err")"
status=0
"$usher" -C "$work/a" forget user nobody-9 2>"$work/err" || status=$?
[ "$status" -ne 0 ] || fail "somebody who was never there was forgotten"
status=0
"$usher" -C "$work/nothing" forget user ada-7731 2>"$work/err" || status=$?
[ "$status" -ne 0 ] && grep -q 'usher.yml' "$work/err" || fail "no workspace: $(cat "$work/err")"
status=0
"$usher" -C "$work/a" forget account norvik 2>"$work/err" || status=$?
[ "$status" -ne 0 ] && grep -q "usher forget user" "$work/err" || fail "an account: $(cat "$work/err")"
"$usher" -C "$work/a" import "$work/all/events.ndjson" >/dev/null 2>&1
nowhere "$work/a"
same "what is recorded" 'forget' "$(python3 -c "
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute('SELECT what, details FROM audit').fetchall()
assert len(rows) == 1 and '\"lines\":125' in rows[0][1], rows
print(rows[0][0])" "$work/a/data/state.sqlite")"

# ---- with a server, which misses nothing ----

rules "$work/live"
"$usher" -C "$work/live" import "$work"/all/* >/dev/null 2>&1
server_start "$work/live"
port=${base##*:}

settled() { # every durable line is in history
  local i
  for i in $(seq 1 200); do
    [ "$(metric usher_history_lag_lines)" = 0 ] && return 0
    sleep 0.05
  done
  fail "history lags: $(metric usher_history_lag_lines)"
}

decisions() { # of all others, as they were told
  curl -s "$base/api/v1/transitions?limit=1000" | python3 -c "
import json, sys
rows = json.load(sys.stdin)
rows = rows.get('transitions', rows.get('items', rows)) if isinstance(rows, dict) else rows
for r in rows:
    if r.get('user') != 'ada-7731':
        print(json.dumps(r, sort_keys=True))"
}

post() { # BODY
  same "an event is taken" '200 {"success":true}' "$(answer -u wk_web: "$base/v1/track" -H 'content-type: application/json' -d "$1")"
}

# Others send all the time; every one that was answered 200 is written down.
cat >"$work/others.py" <<'PY'
import base64, json, pathlib, sys, time, urllib.request
base, stop, out = sys.argv[1], pathlib.Path(sys.argv[2]), open(sys.argv[3], "w")
n = 0
while not stop.exists():
    n += 1
    body = json.dumps({"userId": f"mia-{n % 7}", "event": "Invite Sent", "messageId": f"live-{n}", "context": {"groupId": "live"}})
    request = urllib.request.Request(base + "/v1/track", body.encode(), {"Content-Type": "application/json", "Authorization": "Basic " + base64.b64encode(b"wk_web:").decode()})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    out.write(f"live-{n}\n")
    out.flush()
    time.sleep(0.002)
PY
others() {
  rm -f "$work/stop"
  python3 "$work/others.py" "$base" "$work/stop" "$work/acked" &
  client=$!
}
others_end() {
  touch "$work/stop"
  wait "$client" || fail "a client of others was not answered 200"
}
for i in $(seq 1 30); do
  post '{"userId":"ada-7731","event":"Invite Sent","messageId":"hers-'$i'","context":{"groupId":"norvik"},"properties":{"mail":"ada.l@norvik.example"}}'
done
# An account that stands by her alone, as nobody else is beside Ben there.
for user in ada-7731 ben-1001; do
  post '{"userId":"'$user'","event":"Page Seen","messageId":"duo-'$user'","context":{"groupId":"duo"}}'
done
settled
for i in $(seq 1 100); do curl -s "$base/api/v1/transitions?limit=1000" | grep -q '"account":"duo"' && break || sleep 0.1; done
for i in $(seq 1 100); do decisions >"$work/before" && [ "$(wc -l <"$work/before")" -ge 3 ] && break || sleep 0.1; done
[ "$(wc -l <"$work/before")" -ge 3 ] || fail "hardly anything was decided: $(cat "$work/before")"
curl -s "$base/api/v1/transitions?limit=1000" | grep -q '"user":"ada-7731"' || fail "nothing was decided of her"
others
# Somebody reads an answer of which he has not fetched the end.
mkfifo "$work/slow"
"$usher" -C "$work/live" query --csv "SELECT repeat('x', 100) FROM range(50000)" >"$work/slow" &
slow=$!
exec 8<"$work/slow"
head -c 1000 <&8 >/dev/null
"$usher" -C "$work/live" forget user ada-7731 --json >"$work/went" 2>&1 &
one=$!
# History is made anew, and cannot take its place before he has; others' accounts are
# decided all the while.
for i in $(seq 1 600); do [ -e "$work/live/data/rebuild/history.duckdb" ] && break || sleep 0.1; done
for n in 1 2 3 4; do
  for i in $(seq 1 20); do
    post '{"userId":"mia-9","event":"Invite Sent","messageId":"w'$n'-'$i'","context":{"groupId":"wait'$n'"}}'
  done
  for i in $(seq 1 100); do curl -s "$base/api/v1/transitions?limit=1000" | grep -q '"account":"wait'$n'"' && break || sleep 0.1; done
  curl -s "$base/api/v1/transitions?limit=1000" | grep -q '"account":"wait'$n'"' || fail "nothing is decided while a reader is waited for"
done
kill -0 "$one" 2>/dev/null || fail "the reader was not waited for"
cat <&8 >/dev/null
exec 8<&-
wait "$slow" || fail "the reader did not get its answer"
wait "$one" || fail "it was not done: $(cat "$work/went" "$server_log")"
others_end
grep -q "{\"what\":\"message\",\"lines\":$((lines + 31))}" "$work/went" || fail "other lines went: $(cat "$work/went")"
settled
same "what others sent" "$(wc -l <"$work/acked")" "$("$usher" -C "$work/live" query --csv "SELECT count(*) FROM event_log WHERE account = 'live'" | tail -n 1 | tr -d '\r')"
decisions >"$work/after"
grep -q '"account": "duo"' "$work/after" || fail "what was decided of a pair is gone"
grep -vE '"account": "(live|wait[1-4])"' "$work/after" | diff "$work/before" - >"$work/diff" || fail "others' decisions are not what they were: $(cat "$work/diff")"
grep -q '"account": "live"' "$work/after" || fail "nothing was decided while she was forgotten, or after: $(cat "$work/after")"
nowhere "$work/live"
# It goes on from where accounts stand by what was told: one that a replay would not find
# qualified any more leaves.
same "a trait of the pair" '200 {"success":true}' "$(answer -u wk_web: "$base/v1/group" -d '{"userId":"ben-1001","groupId":"duo","messageId":"gone","traits":{"plan":"gone"}}')"
for i in $(seq 1 100); do
  decisions >"$work/after"
  [ "$(grep -c '"account": "duo"' "$work/after")" -ge 2 ] && break || sleep 0.1
done
grep '"account": "duo"' "$work/after" | grep -q '"excluded"' || fail "the pair did not leave: $(grep '"account": "duo"' "$work/after")"
settled
"$usher" -C "$work/live" firings --json >"$work/firings"
server_stop
nowhere "$work/live"
holds "$work/live"
"$usher" -C "$work/live" firings --json | diff "$work/firings" - >/dev/null || fail "at rest something else is found"
same "one message that is hers" "" "$("$usher" -C "$work/live" query --csv "SELECT person FROM people_view WHERE person LIKE '%ada%'" | tail -n +2)"

# From here on she is somebody new; others' decisions go on where they stood.
server_start "$work/live"
post '{"userId":"ada-7731","event":"Page Seen","messageId":"again","context":{"groupId":"norvik"}}'
settled
same "she came again" 1 "$(cell "$work/live" "SELECT count(*) FROM event_log WHERE person = 'ada-7731'")"
decisions | diff "$work/after" - >"$work/diff" || fail "a start told something twice: $(cat "$work/diff")"
server_stop

# ---- killed on the way: whoever comes next finishes it ----

begun=0
done_at_once=0
finished() { # WORKSPACE
  [ ! -e "$1/data/forget_plan.json" ] || fail "a plan is left in $1"
  nowhere "$1"
  dump "$1" | diff "$work/b.dump" - >"$work/diff" || fail "killed, it is not as if she had never come: $(head -n 5 "$work/diff")"
}
# In the first round as soon as it was begun, then a while after, whatever it is at.
while_at_it() { # WORKSPACE ROUND
  local i
  for i in $(seq 1 500); do
    [ -e "$1/data/forget_plan.json" ] && break || sleep 0.01
  done
  [ "$2" -eq 1 ] || sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
}
rules "$work/whole"
"$usher" -C "$work/whole" import "$work"/all/* >/dev/null 2>&1
for i in $(seq 1 "${KILLS:-3}"); do
  rm -rf "$work/killed" && cp -r "$work/whole" "$work/killed"
  "$usher" -C "$work/killed" forget user ada-7731 >/dev/null 2>&1 &
  one=$!
  while_at_it "$work/killed" "$i"
  kill -KILL "$one" 2>/dev/null || true
  wait "$one" 2>/dev/null || true
  [ ! -e "$work/killed/data/forget_plan.json" ] || begun=$((begun + 1))
  "$usher" -C "$work/killed" forget user ada-7731 >/dev/null 2>&1 || done_at_once=$((done_at_once + 1))
  finished "$work/killed"
  holds "$work/killed"
done
for i in $(seq 1 "${KILLS:-3}"); do
  rm -rf "$work/killed" && cp -r "$work/whole" "$work/killed"
  server_start "$work/killed"
  "$usher" -C "$work/killed" forget user ada-7731 >/dev/null 2>&1 &
  one=$!
  while_at_it "$work/killed" "$i"
  server_kill
  wait "$one" 2>/dev/null || true
  [ ! -e "$work/killed/data/forget_plan.json" ] || begun=$((begun + 1))
  server_start "$work/killed"
  "$usher" -C "$work/killed" forget user ada-7731 >/dev/null 2>&1 || done_at_once=$((done_at_once + 1))
  server_stop
  finished "$work/killed"
  holds "$work/killed"
done
echo "killed in the middle $begun times"
[ "$begun" -gt 0 ] || fail "it was never killed in the middle"
