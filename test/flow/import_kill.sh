# kill -9 at any instant of an import or a rebuild: the journal ends in a good commit,
# history holds whole batches, the next run completes it, nothing is doubled.
# KILLS: how many of each.
. "$(dirname "$0")/lib.sh"
kills=${KILLS:-20}
"$usher" simulate "$work/sim" --events 60000 --seed 3 >/dev/null
workspace "$work/clean"
"$usher" -C "$work/clean" import "$work/sim/events.ndjson" "$work/sim/payments.csv" >/dev/null
wanted=$(print_of "$work/clean")
payments=$(cell "$work/clean" "SELECT count(*) FROM payments")

killed=0
for round in $(seq "$kills"); do
  space="$work/kill"
  rm -rf "$space"
  workspace "$space"
  finished=no
  for try in 1 2 3; do
    "$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/payments.csv" >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf '%03d' $(((round * 37 + try * 53) % 350 + 5)))"
    if kill -9 "$pid" 2>/dev/null; then killed=$((killed + 1)); else finished=yes; fi
    wait "$pid" 2>/dev/null || true
    [ -d "$space/data/journal" ] || continue # killed before it began
    rows=$(cell "$space" "SELECT count(*) = count(DISTINCT line) FROM events")
    same "round $round: no line twice in history after a kill" true "$rows"
  done
  "$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/payments.csv" >/dev/null
  same "round $round: completed after kills ($finished)" "$wanted" "$(print_of "$space")"
  same "round $round: payments" "$payments" "$(cell "$space" "SELECT count(*) FROM payments")"
  "$usher" -C "$space" rebuild >/dev/null 2>&1 &
  pid=$!
  sleep "0.$(printf '%03d' $(((round * 29) % 200 + 5)))"
  if kill -9 "$pid" 2>/dev/null; then killed=$((killed + 1)); fi
  wait "$pid" 2>/dev/null || true
  same "round $round: after a killed rebuild" "$wanted" "$(print_of "$space")"
done
"$usher" -C "$work/kill" rebuild >/dev/null
same "a rebuild gives the same" "$wanted" "$(print_of "$work/kill")"
echo "$killed kills that hit"
[ "$killed" -gt 0 ] || fail "no kill came in time"
