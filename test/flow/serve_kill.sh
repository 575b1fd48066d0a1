# A server killed again and again under load: what it answered 200 is stored, and nothing is
# there twice, though clients send again whatever was in doubt. That is looked at after each
# kill, of what came since the one before, and of all of it at the end. KILLS=1000 for a soak.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
kills=${KILLS:-20}
workspace "$work/space"
printf 'sources:\n  web: {key: wk_web}\n' >>"$work/space/usher.yml"
server_start "$work/space"
port=${base##*:} # the same from here on, as a service has it
printf '%s' "$base" >"$work/base"
python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 6 >"$work/counts" &
client=$!
: >>"$work/acked"
coproc since { exec python3 "$(dirname "$0")/stored_since.py" "$work/space/data/journal" "$work/acked"; }
exec {asked}>&"${since[1]}" {told}<&"${since[0]}"
answered() { # of the ids that were acknowledged up to now each is stored, once
  local said=''
  echo "round $1" >&"$asked"
  read -r said <&"$told" || true
  [[ $said = good* ]] || fail "after kill $1: $said"
}
RANDOM=11
for round in $(seq 1 "$kills"); do
  sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
  server_kill
  kill -0 "$client" || fail "the client ended by itself"
  server_start "$work/space"
  answered "$round"
done
sleep 1
rm "$work/base"
wait "$client" || fail "the client was told something else than 200, 429 or 503"
server_stop
sort -u "$work/acked" >"$work/acked.sorted"
same 'acknowledged once' "$(wc -l <"$work/acked")" "$(wc -l <"$work/acked.sorted")"
[ "$(wc -l <"$work/acked")" -gt $((kills * 20)) ] || fail "hardly anything was sent: $(cat "$work/counts")"

# The journal, by other tools than ours.
journal_text "$work/space" >"$work/lines"
python3 "$(dirname "$0")/stored.py" "$work/lines" "$work/acked.sorted" || fail "the journal is not what was acknowledged"

# And history.
lines=$(grep -c '"m":' "$work/lines")
same 'events in history' "$lines" "$(cell "$work/space" 'SELECT count(*) FROM events')"
same 'each line once' "$lines" "$(cell "$work/space" 'SELECT count(DISTINCT (segment, pos)) FROM events_now')"
cat "$work/counts"
