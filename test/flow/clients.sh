# The vendors' own clients, in the versions of test/clients/package.json, against a real
# server: what each was told to send is what the journal and history hold, at the right time,
# also where a client's clock is an hour wrong.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
export CLIENTS=$here/third_party/clients
node=$here/third_party/node/bin/node
if [ ! -x "$node" ] || [ ! -d "$CLIENTS/node_modules" ]; then
  echo "skipped: the vendors' clients are not here; scripts/setup clients fetches them"
  exit 0
fi
CHROMIUM=$(command -v chromium || true)
export CHROMIUM
names="segment_node analytics_node rudder_node posthog posthog_v1 jitsu jitsu_s2s"
[ -z "$CHROMIUM" ] || names="$names next"
[ -n "$CHROMIUM" ] || echo "chromium is not installed: the client for browsers is left out"
skewed="segment_node analytics_node rudder_node posthog posthog_v1"
workspace "$work/space"
echo 'sources:' >>"$work/space/usher.yml"
for name in $names; do echo "  $name: {key: key_$name}"; done >>"$work/space/usher.yml"
for name in $skewed; do echo "  ${name}_skewed: {key: key_${name}_skewed}"; done >>"$work/space/usher.yml"
server_start "$work/space"
send() { # CLIENT SOURCE
  [ "$1" = posthog_v1 ] && export POSTHOG_CAPTURE_MODE=v1 || unset POSTHOG_CAPTURE_MODE
  timeout 60 "$node" "$here/test/clients/send.mjs" "$1" "$base" "key_$2" >"$work/told.$2" 2>"$work/said.$2" ||
    { cat "$work/said.$2"; fail "$1 ended badly"; }
}
for name in $names; do send "$name" "$name"; done
export CLOCK_AHEAD_MS=-3600000
for name in $skewed; do send "$name" "${name}_skewed"; done
curl -s "$base/metrics" | grep -E '^usher_http_answers_total' | tr '\n' ' '
server_stop
journal_text "$work/space" >"$work/lines"
"$usher" -C "$work/space" query --csv "SELECT e.seq, n.name AS event, coalesce(u.key, '') AS user, coalesce(a.key, '') AS anonymous, coalesce(g.key, '') AS \"group\", strftime(e.happened, '%Y-%m-%dT%H:%M:%S.%fZ') AS happened, s.name AS source FROM events e JOIN names n ON n.id = e.name JOIN sources s ON s.id = e.source LEFT JOIN people u ON u.id = e.usr LEFT JOIN people a ON a.id = e.anon LEFT JOIN accounts g ON g.id = e.grp" | tr -d '\r' >"$work/events.csv"
status=0
for name in $names $(printf '%s_skewed ' $skewed); do
  python3 "$here/test/clients/compare.py" "$work/told.$name" "$work/lines" "$work/events.csv" "$name" || status=1
done
[ "$status" -eq 0 ] || fail "see above"
