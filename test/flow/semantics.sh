# Lines of the exact semantics that need a workspace, each by its number.
. "$(dirname "$0")/lib.sh"
space="$work/s"
workspace "$space"
line() { printf '%s\n' "$1" >>"$work/e.ndjson"; }
line '{"type":"track","messageId":"m1","userId":"u1","event":"invite_sent","context":{"groupId":"a"},"timestamp":"2025-12-01T10:00:00Z","writeKey":"secret-key"}'
line '{"type":"track","messageId":"m2","userId":"u1","event":"Invite Sent","context":{"groupId":"a"},"timestamp":"2025-12-02T10:00:00Z","receivedAt":"2025-12-04T10:00:00Z"}'
line '{"type":"page","messageId":"m3","anonymousId":"x1","name":"Pricing","timestamp":"2025-12-02T11:00:00Z"}'
line '{"type":"track","messageId":"m4","userId":"u2","event":"Future","context":{"groupId":"a"},"timestamp":"2025-12-09T10:00:00Z","receivedAt":"2025-12-05T10:00:00Z"}'
line '{"type":"track","userId":"u2","event":"No Id","context":{"groupId":"a"},"timestamp":"2025-12-05T12:00:00Z"}'
line '{"type":"track","userId":"u2","event":"No Id","context":{"groupId":"a"},"timestamp":"2025-12-05T12:00:00Z"}'
cat >>"$space/usher.yml" <<'YML'
  invites: count("Invite Sent", all)
events:
  alias: {"Invite Sent": ["invite_sent", "Invited"]}
YML
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null

same "semantics 1: known is the row's receivedAt, else at" "2025-12-04T10:00:00Z,2025-12-01T10:00:00Z" \
  "$(cell "$space" "SELECT (SELECT known FROM event_log WHERE event = 'Invite Sent'), (SELECT known FROM event_log WHERE event = 'invite_sent')")"
same "semantics 1: at is never later than known, and flagged over ten minutes" "2025-12-05T10:00:00Z,true" \
  "$(cell "$space" "SELECT happened, skewed FROM event_log WHERE event = 'Future'")"
same "semantics 10: a page call is Page Viewed" "1" "$(cell "$space" "SELECT count(*) FROM event_log WHERE event = 'Page Viewed'")"
same "semantics 17: identified and anonymous apart" "2,1" \
  "$(cell "$space" "SELECT count(*) FILTER (identified), count(*) FILTER (NOT identified) FROM people")"
same "semantics 27: equal rows without an id are told apart by their ordinal" "2" \
  "$(cell "$space" "SELECT count(*) FROM event_log WHERE event = 'No Id'")"
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null
same "semantics 27: and the same file again adds none" "2" "$(cell "$space" "SELECT count(*) FROM event_log WHERE event = 'No Id'")"
same "semantics 28: a line is one read away" "6" "$(cell "$space" "SELECT count(DISTINCT (segment, pos)) FROM event_log")"
zstdcat "$space"/data/journal/*.ndjson.zst >"$work/journal.txt"
grep -q '"us":{' "$work/journal.txt" || fail "semantics 26: a line holds its head"
if grep -q secret-key "$work/journal.txt"; then fail "semantics 26: write keys are removed"; fi
"$usher" -C "$space" query --json "SELECT 1 AS one" | grep -q '"one":1' || fail "query answers JSON"
printf 'account: {unit: workspace}\nsignals:\n  a: count("X: Y", 7d)\n' >"$work/bad.yml"
if "$usher" check "$work/bad.yml" >"$work/out" 2>&1; then fail "semantics 32: ': ' needs quotes"; fi
grep -q 'single quotes' "$work/out" || { cat "$work/out"; fail "semantics 32: the message says so"; }
cat >>"$space/usher.yml" <<'YML'
qualify:
  q: {kind: pqa, must: [invites >= 2], score: {usage: [10 if invites >= 2]}}
YML
rows=$("$usher" -C "$space" queue --csv --at 2025-12-10 | wc -l)
same "semantics 34: a renamed event counts under its name" "2" "$rows"
rows=$("$usher" -C "$space" queue --csv --at 2025-12-03 | wc -l)
same "semantics 2: as it was known then" "1" "$rows"
"$usher" -C "$space" --lang zh explain nobody >"$work/out" 2>&1 && fail "an unknown account was explained"
grep -q '客户账户' "$work/out" || fail "semantics 33: errors speak the reader's language"
