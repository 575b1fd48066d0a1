# server_lib.sh: a server of one's own for a scenario. Sourced after lib.sh.
unset USHER_NOW
server=0 base='' server_log=$work/server.log local_api=--local-api

# Start in WORKSPACE at any free port, or PORT again; returns when it answers.
server_start() { # WORKSPACE [OPTIONS...]
  local where=$1 i
  shift
  : >"$server_log"
  "$usher" -C "$where" serve --listen "127.0.0.1:${port:-0}" $local_api "$@" 2>>"$server_log" >/dev/null &
  server=$!
  for i in $(seq 1 600); do
    if grep -q server.said_listening "$server_log" 2>/dev/null; then
      base=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$server_log" | head -n 1)
      return 0
    fi
    kill -0 "$server" 2>/dev/null || { cat "$server_log"; fail "the server did not start"; }
    sleep 0.05
  done
  cat "$server_log"
  fail "the server does not answer"
}

# Stop it as an administrator does; it must say that it stopped.
server_stop() {
  local status=0
  kill -TERM "$server"
  wait "$server" || status=$?
  server=0
  [ "$status" -eq 0 ] || { cat "$server_log"; fail "the server ended with status $status"; }
  grep -q server.said_stopped "$server_log" || fail "the server did not say that it stopped"
}

server_kill() {
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
  server=0
}

cleanup() {
  [ "$server" -eq 0 ] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$work"
}

# What a request is answered with: status, then the body after a blank.
answer() { # CURL ARGUMENTS...
  curl -s -S -o "$work/answer" -w '%{http_code} ' "$@" && cat "$work/answer"
}

metric() { # NAME
  curl -s "$base/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

until_zero() { # METRIC
  for _ in $(seq 400); do
    [ "$(metric "$1")" != 0 ] || return 0
    sleep 0.05
  done
  cat "$server_log"
  fail "$1 does not become 0"
}

# Whatever was answered is decided; is in history.
evaluated() { until_zero usher_decisions_lag_lines; }
loaded() { until_zero usher_history_lag_lines; }

config_reload() {
  same 'is read anew' 200 "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$base/api/v1/config/reload")"
}

# The journal's lines by other tools than ours, sealed segments and those at work.
journal_text() { # WORKSPACE
  local file
  for file in "$1"/data/journal/*.ndjson*; do
    case $file in
    *.zst) zstdcat "$file" ;;
    *) cat "$file" ;;
    esac
  done
}

# Rows of state in $space, of a file nobody is asked to let go of.
state() { # SQL
  python3 - "$space/data/state.sqlite" "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(" ".join(",".join(str(v) for v in row) for row in db.execute(sys.argv[2])))
PY
}
until_state() { # WHAT WANTED SQL
  local got=''
  for _ in $(seq 200); do
    got=$(state "$3" 2>/dev/null || true)
    [ "$got" != "$2" ] || return 0
    sleep 0.05
  done
  cat "$server_log"
  fail "$1: wanted $2, got $got"
}

# A disk and a clock that misbehave, to be loaded before a server; or the scenario is over.
faults_built() {
  if nm "$usher" 2>/dev/null | grep -q __asan_init; then
    echo "skipped: a sanitizer wants to be loaded first"
    exit 0
  fi
  cc -std=gnu17 -O2 -Wall -Wextra -Werror -shared -fPIC "$(dirname "${BASH_SOURCE[0]}")/faults.c" -o "$work/faults.so"
  export USHER_FAULTS=$work/faults
}
