# A clock that jumps ahead for a moment makes nothing old: what a server keeps for 400 days
# is there when it is right again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
faults_built
faults() { # CLOCK_SECONDS
  python3 - "$USHER_FAULTS" "$1" <<'PY'
import os, struct, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.pwrite(fd, struct.pack("=qqqq", 0, 0, int(sys.argv[2]) * 1000000, 0), 0)
PY
}
space=$work/space
workspace "$space"
printf 'sources:\n  web: {key: wk_web}\nretention: {events: 400d}\n' >>"$space/usher.yml"
faults 0
export LD_PRELOAD=$work/faults.so
server_start "$space"
unset LD_PRELOAD
for i in 1 2 3; do
  answer -u wk_web: "$base/v1/track" -d "{\"userId\":\"u\",\"event\":\"E\",\"messageId\":\"m$i\"}" | grep -q ^200 || fail "it is not taken"
done
sleep 1
faults $((800 * 86400))
sleep 12 # it looks every ten seconds
faults 0
! grep -q server.said_retention "$server_log" || fail "lines are gone: $(grep server.said_retention "$server_log")"
same 'all are there' 3 "$(cell "$space" 'SELECT count(*) FROM events')"
server_stop
