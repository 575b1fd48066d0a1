# Commands that write, beside a server: import, links --undo, rebuild and export do what they
# do without one, while clients are answered; a restore over it is refused.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
for name in space alone; do
  mkdir "$work/$name"
  cat >"$work/$name/usher.yml" <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
outcomes: {paid: {payment: first}}
signals:
  invites: count("Invite Sent", 14d)
  ever: ever("Invite Sent")
qualify:
  team: {aim: paid, must: ['invites >= 2']}
  old: {must: ['ever'], who: account.age >= 0}
YML
done
space=$work/space
python3 - "$work" <<'PY'
import json, random, sys
random.seed(11)
with open(sys.argv[1] + "/events.ndjson", "w") as f:
    for n in range(30000):
        day, account = random.randrange(200), random.randrange(200)
        f.write(json.dumps({"type": "track", "event": random.choice(["Invite Sent", "Page Seen"]),
            "userId": "u%d" % (account * 5 + random.randrange(5)), "messageId": "m%d" % n,
            "timestamp": "2025-%02d-%02dT%02d:00:00Z" % (1 + day // 28, 1 + day % 28, random.randrange(24)),
            "context": {"groupId": "a%d" % account}, "properties": {"n": n % 7}}) + "\n")
    f.write('{"type":"identify","userId":"u1","anonymousId":"anon","timestamp":"2025-03-01T00:00:00Z","messageId":"i1"}\n')
    f.write('{"type":"track","userId":"u1"}\n')
with open(sys.argv[1] + "/payments.csv", "w") as f:
    f.write("account,at,amount,currency,status\n")
    for account in range(0, 200, 3):
        f.write("a%d,2025-%02d-15,50,USD,paid\n" % (account, 2 + account % 7))
PY
export USHER_NOW=2026-06-01T00:00:00Z
"$usher" -C "$work/alone" import "$work/events.ndjson" "$work/payments.csv" --json >"$work/wanted"
"$usher" -C "$work/alone" firings --to 2026-01-01 --json >"$work/firings.wanted"
print=$(print_of "$work/alone")

# ---- an import: the same counts, the same history, nothing of it live
server_start "$space"
for _ in $(seq 100); do [ "$(metric usher_history_open)" = 1 ] && break; sleep 0.1; done
(cd "$work" && "$usher" -C space import events.ndjson payments.csv --json) | sed "s|events.ndjson|$work/events.ndjson|;s|payments.csv|$work/payments.csv|" >"$work/got" &
importing=$!
for n in 1 2 3 4 5 6; do
  answer -u wk_web: "$base/v1/t" -d '{"event":"Meanwhile","userId":"live'$n'","messageId":"w'$n'","context":{"groupId":"b"}}' | grep -q '^200' || fail "a client was not answered"
done
wait "$importing" || fail "the import failed"
cmp "$work/wanted" "$work/got" || { diff "$work/wanted" "$work/got"; fail "it says another thing"; }
same 'rows' 30006 "$(cell "$space" 'SELECT count(*) FROM events')"
same 'those imported' "$print" "$("$usher" -C "$space" query --csv "SELECT count(*), bit_xor(hash(event, account, person, happened, known)), count(DISTINCT (segment, pos)) FROM events_now WHERE event <> 'Meanwhile'" | tail -n 1 | tr -d '\r')"
"$usher" -C "$space" firings --to 2026-01-01 --json >"$work/firings.got"
cmp "$work/firings.wanted" "$work/firings.got" || fail "other firings"
wanted=$(wc -l <"$work/firings.wanted")
for _ in $(seq 300); do [ "$(metric usher_transitions_total)" -ge "$wanted" ] && break; sleep 0.1; done
curl -s "$base/api/v1/transitions?limit=1000" >"$work/transitions"
same 'what an import causes is not live' '[False] True' "$(python3 -c 'import json, sys; t = json.load(open(sys.argv[1]))["transitions"]; print(sorted({x["live"] for x in t if x["account"] != "b"}), len(t) > 100)' "$work/transitions")"
same 'again, nothing' '0 30001' "$("$usher" -C "$space" import "$work/events.ndjson" --json | python3 -c 'import json, sys; j = json.loads(sys.stdin.readline()); print(j["added"], j["duplicates"])')"
printf '{"type":"track","event":"Piped","userId":"u9","messageId":"p1","timestamp":"2025-03-01T00:00:00Z"}\n' | "$usher" -C "$space" import - >/dev/null
same 'by a pipe' 1 "$(cell "$space" "SELECT count(*) FROM events_now WHERE event = 'Piped'")"
"$usher" -C "$space" import "$work/nothing.csv" 2>"$work/err" && fail "a file that is not there"
grep -q nothing.csv "$work/err" || fail "it does not say which: $(cat "$work/err")"
"$usher" -C "$space" import --strict "$work/events.ndjson" >/dev/null 2>"$work/err" && fail "strict takes anything"

# ---- links
link=$("$usher" -C "$space" links anon --json | head -n 1 | sed 's/.*"link": *\([0-9]*\).*/\1/')
"$usher" -C "$space" links --undo "$link" >/dev/null
same 'undone' 1 "$(cell "$space" "SELECT count(*) FROM links WHERE seq = $link AND isfinite(undone)")"
"$usher" -C "$space" links --undo "$link" >/dev/null 2>&1 && fail "undone twice"
send() { answer -u wk_web: "$base/v1/$1" -d "$2" | grep -q ^200 || fail "it is not taken: $2"; }
for n in 1 2; do send track '{"event":"Invite Sent","anonymousId":"visitor","messageId":"v'$n'"}'; done
send group '{"userId":"u-here","groupId":"here"}'
send track '{"event":"Page Seen","userId":"u-here"}'
send identify '{"userId":"u-here","anonymousId":"visitor"}'
corrected() { # of the account
  curl -s "$base/api/v1/transitions?account=here" | python3 -c 'import json, sys
print(sorted({(t["definition"], t["change"], t["corrected"] is not None) for t in json.load(sys.stdin)["transitions"]}))'
}
becomes() { # WHAT WANTED
  for _ in $(seq 200); do [ "$(corrected)" = "$2" ] && return; sleep 0.05; done
  same "$1" "$2" "$(corrected)"
}
becomes 'who is known brings an account in' "[('old', 'entered', False), ('team', 'entered', False)]"
link=$("$usher" -C "$space" links visitor --json | head -n 1 | sed 's/.*"link": *\([0-9]*\).*/\1/')
"$usher" -C "$space" links --undo "$link" >/dev/null
becomes 'and stays, marked, when it was another' "[('old', 'entered', True), ('team', 'entered', True)]"

# ---- export and rebuild
(cd "$work" && "$usher" -C space export "SELECT event, count(*) AS n FROM events_now GROUP BY 1 ORDER BY 1" names.csv >/dev/null)
grep -q '^Meanwhile,6' "$work/names.csv" || fail "the export is not where it was asked for"
before=$(print_of "$space")
"$usher" -C "$space" rebuild >/dev/null
same 'made anew' "$before" "$(print_of "$space")"
answer -u wk_web: "$base/v1/t" -d '{"event":"After","userId":"u1","messageId":"z1"}' >/dev/null
same 'and it goes on' 1 "$(cell "$space" "SELECT count(*) FROM events_now WHERE event = 'After'")"

# ---- backup, and a restore that would be over the running server
"$usher" -C "$space" backup "$work/kept" >/dev/null
"$usher" -C "$space" restore "$work/kept" 2>"$work/err" && fail "a restore over a running server"
grep -q "another server runs here" "$work/err" || fail "it does not say why: $(cat "$work/err")"
"$usher" restore "$work/kept" "$work/again" >/dev/null
same 'restored' "$(print_of "$space")" "$(print_of "$work/again")"

# ---- killed in the middle of an import: what is missing comes with the next
python3 - "$work" <<'PY'
import json, sys
with open(sys.argv[1] + "/more.ndjson", "w") as f:
    for n in range(60000):
        f.write(json.dumps({"type": "track", "event": "More", "userId": "u%d" % (n % 500), "timestamp": "2025-06-01T00:00:%02dZ" % (n % 60)}) + "\n")
PY
"$usher" -C "$space" import "$work/more.ndjson" >/dev/null 2>&1 &
importing=$!
sleep 0.4
server_kill
wait "$importing" && true
server_start "$space"
"$usher" -C "$space" import "$work/more.ndjson" >/dev/null
same 'all of it, once' 60000 "$(cell "$space" "SELECT count(*) FROM events WHERE name = (SELECT id FROM names WHERE name = 'More')")"
server_stop
