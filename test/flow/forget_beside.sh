# Who was forgotten stays so when the same lines come once more: after an import beside the
# server, too, after its next start, and where what knows their ids was lost meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
workspace "$space"
printf 'sources:\n  web: {key: wk_web}\n' >>"$space/usher.yml"
track() { # USER ID
  answer -u wk_web: "$base/v1/track" -d "{\"userId\":\"$1\",\"event\":\"E\",\"messageId\":\"$2\",\"context\":{\"groupId\":\"acme\"}}" | grep -q ^200 || fail "it is not taken"
}
for i in 1 2 3; do
  printf '{"type":"track","userId":"ada","event":"E","messageId":"f%s","timestamp":"2025-06-01T00:00:00Z","context":{"groupId":"acme"}}\n' "$i"
done >"$work/file.ndjson"
server_start "$space"
track ben m1
"$usher" -C "$space" import "$work/file.ndjson" >/dev/null
track ada m2
same 'her lines' 4 "$(cell "$space" "SELECT count(*) FROM events_now WHERE person = 'ada'")"
"$usher" -C "$space" forget user ada >/dev/null
same 'are gone' 0 "$(cell "$space" "SELECT count(*) FROM events_now WHERE person = 'ada'")"
server_stop
server_start "$space"
"$usher" -C "$space" import "$work/file.ndjson" >/dev/null
track ada m2
same 'and none of them comes back' 0 "$(cell "$space" "SELECT count(*) FROM events_now WHERE person = 'ada'")"
track ada m3
same 'what is new is new' 1 "$(cell "$space" "SELECT count(*) FROM events_now WHERE person = 'ada'")"

# It is made anew while the lines are there.
server_stop
server_start "$space"
rm "$space"/data/journal/*.ids
"$usher" -C "$space" forget user ada >/dev/null
server_stop
server_start "$space"
track ada m3
same 'nor then' 0 "$(cell "$space" "SELECT count(*) FROM events_now WHERE person = 'ada'")"
server_stop
