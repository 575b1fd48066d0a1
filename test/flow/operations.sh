# What docs/operations.md shows is run as it stands, in one shell, at a port of our own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$work/bin" "$work/space"
ln -s "$(realpath "$usher")" "$work/bin/usher"
export PATH="$work/bin:$PATH"
usher=$(realpath "$usher")
cd "$work/space"
awk '/^```yaml/ { show = 1; next } /^```/ { show = 0 } show' "$here/docs/operations.md" >usher.yml
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
  echo 'set -euo pipefail'
  echo "trap 'kill -KILL \$(jobs -p) 2>/dev/null || true' EXIT"
  awk '/^```sh/ { show = 1; next } /^```/ { show = 0 } show' "$here/docs/operations.md" | sed "s/:7171/:$port/g"
  echo 'kill -TERM %1; wait %1'
} >"$work/script"
[ "$(grep -c '^usher\|^curl' "$work/script")" -ge 8 ] || fail "hardly any command was found"
timeout 120 bash -m "$work/script" >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; fail "what docs/operations.md shows does not work"; }
grep -q '{"success":true}' "$work/out" || fail "the event was not taken: $(cat "$work/out")"
grep -q 'Invite Sent *u1 *acme' "$work/out" || fail "the event was not found: $(cat "$work/out")"
grep -q '"status":"\(ready\|degraded\)"' "$work/out" || fail "it was never ready: $(cat "$work/out")"
grep -q 'server.said_config"' "$work/err" || fail "a configuration was not read anew: $(cat "$work/err")"
grep -q '^usher_history_lag_lines' "$work/out" || fail "the metric is not there: $(cat "$work/out")"
# Every metric that the page names is one.
server_start "$work/space"
curl -s "$base/metrics" >"$work/metrics"
for name in $(grep -o 'usher_[a-z][a-z_]*' "$here/docs/operations.md" | sort -u); do
  grep -q "^# TYPE $name " "$work/metrics" || fail "/metrics has no $name"
done
server_stop
