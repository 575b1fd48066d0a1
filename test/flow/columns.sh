# More property columns than history keeps, and more columns of an answer than it gives:
# both are refused in words, by commands and by a server, which goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
space=$work/space
mkdir "$space"
configure() { # FIRST COUNT: of properties, three columns each
  {
    cat <<'YML'
account: {unit: workspace}
sources: {web: {key: wk_web}}
qualify: {team: {kind: pqa, must: ['count("A", 30d) >= 1']}}
signals:
YML
    for ((i = $1; i < $1 + $2; i++)); do printf '  d%d: distinct("A".p%d, 30d)\n' "$i" "$i"; done
  } >"$space/usher.yml"
}
refused() { # WHAT WORDS COMMAND...
  local what=$1 words=$2 status=0
  shift 2
  "$@" >"$work/out" 2>&1 || status=$?
  [ "$status" -gt 0 ] && [ "$status" -lt 126 ] || fail "$what: status $status: $(cat "$work/out")"
  grep -q "$words" "$work/out" || fail "$what: $(cat "$work/out")"
}
event() { # ID
  printf '{"type":"track","event":"A","userId":"u","messageId":"%s","timestamp":"2025-01-01T00:00:00Z","properties":{"p3":"x"},"context":{"groupId":"g"}}' "$1"
}
send() { # ID
  same "$1" '200 {"success":true}' "$(answer -u wk_web: "$base/v1/track" -d "$(event "$1")")"
}
there() { # WANTED
  for _ in $(seq 1 100); do
    [ "$(cell "$space" 'SELECT count(p_p3) FROM event_log')" = "$1" ] && return 0
    sleep 0.1
  done
  fail "not $1 events: $(cell "$space" 'SELECT count(p_p3) FROM event_log')"
}
wide="SELECT $(seq -s , 600)"

event one >"$work/events.ndjson"
configure 0 200
refused 'check says where' 'usher.yml:171:' "$usher" -C "$space" check
refused 'an import' 'no column left' "$usher" -C "$space" import "$work/events.ndjson"
configure 0 160
"$usher" -C "$space" check >/dev/null
"$usher" -C "$space" import "$work/events.ndjson" >/dev/null
refused 'an answer too wide' 'has 600 columns' "$usher" -C "$space" query --csv "$wide"
there 1

# ---- a server: one configuration too wide, then one that is with what history has
server_start "$space"
send two
there 2
configure 0 200
refused 'a command beside it' 'no column left' "$usher" -C "$space" queue
reload() { # EVENT of the log that is waited for
  kill -HUP "$server"
  for _ in $(seq 1 100); do
    grep -q "$1" "$server_log" && return 0
    sleep 0.1
  done
  cat "$server_log"
  fail "no $1"
}
reload '"server.said_config_refused"'
send three
configure 100 100
refused 'another command' 'keeps at most 500' "$usher" -C "$space" queue
: >"$server_log"
reload 'keeps at most 500\|history.columns_many'
send four
configure 0 160
there 4
refused 'an answer too wide of a server' 'has 600 columns' "$usher" -C "$space" query --csv "$wide"
there 4
server_stop

# ---- and rebuild lets go of columns that nothing names
configure 100 100
refused 'with those there are' 'keeps at most 500' "$usher" -C "$space" status
"$usher" -C "$space" rebuild >/dev/null 2>&1
same 'after a rebuild' 4 "$(cell "$space" 'SELECT count(*) FROM event_log')"
server_start "$space"
send five
server_stop
