# The disk fills under a server: clients are told 503 and send again, it says so and is not
# ready; once there is room it works again, and nothing it said 200 to is lost.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/small"
if ! mount -t tmpfs -o size=24m tmpfs "$work/small" 2>/dev/null; then
  echo "skipped: no right to mount a tmpfs here"
  exit 0
fi
cleanup() {
  rm -f "$work/base" # the client ends
  [ "$server" -eq 0 ] || kill -KILL "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  umount "$work/small" 2>/dev/null || true
  rm -rf "$work"
}
workspace "$work/small/space"
printf 'sources:\n  web: {key: wk_web}\n' >>"$work/small/space/usher.yml"
server_start "$work/small/space"
printf '%s' "$base" >"$work/base"
python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 4 >"$work/counts" &
client=$!
sleep 1
# The rest of it, all at once.
head -c 64m /dev/zero >"$work/small/fill" 2>/dev/null || true
for _ in $(seq 1 200); do
  [ "$(metric usher_journal_failed_total)" -gt 0 ] && break
  sleep 0.05
done
[ "$(metric usher_journal_failed_total)" -gt 0 ] || fail "a full disk was not noticed"
answer -u wk_web: "$base/v1/t" -d '{"event":"Full","userId":"u1","messageId":"full"}' >"$work/told"
grep -q '^503 ' "$work/told" || fail "a full disk is answered $(cat "$work/told")"
answer "$base/readyz" | grep -q '^503 .*"what":"disk"' || fail "it is ready on a full disk: $(cat "$work/answer")"
same 'it is alive' '200 {"status":"alive"}' "$(answer "$base/healthz")"
before=$(wc -l <"$work/acked")
sleep 0.5
same 'nothing is acknowledged' "$before" "$(wc -l <"$work/acked")"
mount -o remount,size=400m "$work/small"
rm "$work/small/fill"
for _ in $(seq 1 200); do
  [ "$(wc -l <"$work/acked")" -gt $((before + 200)) ] && break
  sleep 0.05
done
[ "$(wc -l <"$work/acked")" -gt $((before + 200)) ] || fail "it does not work again: $(cat "$server_log")"
answer "$base/readyz" | grep -q '^200 ' || fail "it is not ready again: $(cat "$work/answer")"
for word in server.said_journal_failed server.said_journal_again; do
  for _ in $(seq 1 60); do grep -q "$word" "$server_log" && break; sleep 0.1; done
  grep -q "$word" "$server_log" || fail "the log does not say $word"
done
rm "$work/base"
wait "$client" || fail "the client was told something else than 200, 429 or 503"
server_stop
acked=$(sort -u "$work/acked" | wc -l)
same 'what was acknowledged is in history' "$acked" "$(cell "$work/small/space" "SELECT count(*) FROM events_now WHERE event <> 'Full'")"
cat "$work/counts"
