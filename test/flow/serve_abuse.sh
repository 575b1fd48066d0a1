# Requests that are none, bodies that unpack for ever, clients that trickle, fall silent and
# go away: others are served meanwhile, memory stays as it was, and a mixed load for a while
# changes nothing of that. SECONDS_MIXED=180 for longer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
workspace "$work/space"
printf 'sources:\n  web: {key: wk_web}\n' >>"$work/space/usher.yml"
server_start "$work/space"
address=${base#http://}
timeout 120 python3 "$(dirname "$0")/serve_abuse.py" "${address%:*}" "${address##*:}" "$server" || fail "see above"
if command -v slowhttptest >/dev/null; then
  for how in -H -B -X; do
    timeout 60 slowhttptest -c 200 $how -i 1 -r 200 -l 5 -t POST -u "$base/v1/batch" -p 2 >"$work/slow" 2>&1 || true
    grep -qi 'service available: *YES' <(sed 's/\x1b\[[0-9;]*m//g' "$work/slow") || { tail -n 20 "$work/slow"; fail "slowhttptest $how took it down"; }
  done
else
  echo "slowhttptest is not installed: its three attacks are left out"
fi
# Memory, under load that is always the same: what it takes is taken in the first part, but
# for ids, which are remembered for a day, and what the database keeps of what it read.
printf '%s' "$base" >"$work/base"
mixed=${SECONDS_MIXED:-8}
held() { # bytes that are no file's, and none of those
  local anonymous
  anonymous=$(awk '{printf "%.0f", ($2 - $3) * 4096}' "/proc/$server/statm")
  echo $((anonymous - $(metric usher_ids_bytes) - $(metric usher_history_memory_bytes)))
}
timeout $((mixed * 4)) python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 8 $((mixed * 2)) >"$work/counts" &
client=$!
sleep "$mixed"
early=$(held)
sleep "$((mixed - 1))"
late=$(held)
wait "$client" || fail "the load was not taken"
[ "$late" -lt $((early + early / 3 + 134217728)) ] || fail "memory grows: $early, then $late"
printf 'memory %s MB, then %s MB, ids %s MB beside; %s\n' $((early / 1048576)) $((late / 1048576)) $(($(metric usher_ids_bytes) / 1048576)) "$(cat "$work/counts")"
# What came is put on the disk in the order of accounts, beside all that: else every
# question would sort it again.
for _ in $(seq 1 600); do
  compgen -G "$work/space/data/replay/*.rows" >/dev/null && break
  sleep 0.1
done
compgen -G "$work/space/data/replay/*.rows" >/dev/null || fail "the replay store is not laid"
server_stop
same 'nothing was lost' "$(sort -u "$work/acked" | wc -l)" "$(cell "$work/space" "SELECT count(*) FROM events WHERE name IN (SELECT id FROM names WHERE name LIKE 'E_')")"
