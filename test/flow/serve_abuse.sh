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
# Memory, under load that is always the same: what it takes is taken in the first part.
printf '%s' "$base" >"$work/base"
mixed=${SECONDS_MIXED:-8}
timeout $((mixed * 4)) python3 "$(dirname "$0")/load_client.py" "$work/base" "$work/acked" 8 $((mixed * 2)) >"$work/counts" &
client=$!
sleep "$mixed"
early=$(awk '{print $2 * 4096}' "/proc/$server/statm")
sleep "$((mixed - 1))"
late=$(awk '{print $2 * 4096}' "/proc/$server/statm")
wait "$client" || fail "the load was not taken"
# An id is 20 to 27 bytes; the database keeps what it read last.
ids=$(metric usher_ids_remembered)
[ "$late" -lt $((early + early / 3 + ids * 60 + 33554432)) ] || fail "memory grows: $early, then $late with $ids ids"
printf 'memory %s MB, then %s MB; %s\n' $((early / 1048576)) $((late / 1048576)) "$(cat "$work/counts")"
server_stop
same 'nothing was lost' "$(sort -u "$work/acked" | wc -l)" "$(cell "$work/space" "SELECT count(*) FROM events WHERE name IN (SELECT id FROM names WHERE name LIKE 'E_')")"
