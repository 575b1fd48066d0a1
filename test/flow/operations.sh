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
grep -q '^Every file is as it was' "$work/out" || fail "a backup was not looked at: $(cat "$work/out")"
grep -q '^4 files .* restored to \.\./back' "$work/out" || fail "it was not restored: $(cat "$work/out")"
same 'asked before and after a restore' 2 "$(grep -c 'Invite Sent *u1 *acme' "$work/out")"
grep -q 'another server runs here' "$work/err" || fail "a restore over a server was not refused: $(cat "$work/err")"
grep -q '"status":"\(ready\|degraded\)"' "$work/out" || fail "it was never ready: $(cat "$work/out")"
grep -q 'server.said_config"' "$work/err" || fail "a configuration was not read anew: $(cat "$work/err")"
grep -q '^usher_history_lag_lines' "$work/out" || fail "the metric is not there: $(cat "$work/out")"
# The line of crontab, where those of long ago are there.
mkdir -p "$work/backups/usher-old" && touch -d '9 days ago' "$work/backups/usher-old"
line=$(sed -n 's/^15 3 \* \* \* //p' "$here/docs/operations.md" | sed "s|\\\\%|%|g; s|/var/lib/usher|$work/space|; s|/backups|$work/backups|g")
bash -c "$line" >/dev/null || fail "the line of crontab does not work: $line"
same 'what is kept' "usher-$(date +%F)" "$(ls "$work/backups")"
# Every metric that the page names is one.
server_start "$work/space"
curl -s "$base/metrics" >"$work/metrics"
for name in $(grep -o 'usher_[a-z][a-z_]*' "$here/docs/operations.md" | sort -u); do
  grep -q "^# TYPE $name " "$work/metrics" || fail "/metrics has no $name"
done
server_stop
# Decisions of a backup beside the journal that is there, as one goes back to an older usher:
# what came since is decided again, and as it was.
space=$work/older
mkdir "$space"
printf 'account: {unit: workspace}\nqualify: {team: {must: ["count(\\"E0\\", 30d) >= 1"]}}\n' >"$space/usher.yml"
come() { # NAME...
  local name
  for name; do answer "$base/v1/t" -d '{"event":"E0","userId":"u","messageId":"'"$name"'","context":{"groupId":"'"$name"'"}}' >/dev/null; done
  evaluated
}
server_start "$space"
come a b c
"$usher" -C "$space" backup "$work/three" >/dev/null
come d e
server_stop
(
  cd "$space"
  eval "$(sed -n '/^mkdir data.newer/,/^```/p' "$here/docs/operations.md" | grep -v '```' | sed "s|/backups/[^/]*|$work/three|")"
)
same 'those of the backup' 3 "$(state 'SELECT count(*) FROM transitions')"
server_start "$space"
evaluated
server_stop
"$usher" -C "$space" firings --json >"$work/replayed"
python3 "$here/test/flow/told.py" "$space/data/state.sqlite" "$work/replayed" 1 5 || fail "what came since is not decided as it was"
