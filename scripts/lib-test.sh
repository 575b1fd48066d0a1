# lib-test.sh: what scripts/test and scripts/soak share. Sourced from the root of the
# sources; counts what passed in passed, failed and skipped.
jobs=$(nproc)
passed=0 failed=0 skipped=0
here=$(pwd)
export USHER_SHARED="${USHER_SHARED:-$here/../shared}"
[ -d "$USHER_SHARED" ] || echo "note: $USHER_SHARED is absent; tests on real data and published suites are skipped"

heading() { printf '\n== %s\n' "$*"; }

# What a command said, and whether that was well: counted as one test.
judged() { # NAME STATUS LOG
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    printf '  ok    %s\n' "$1"
  else
    failed=$((failed + 1))
    printf '  FAIL  %s\n' "$1"
    tail -n 60 "$3"
  fi
}

# One check that is a command.
check() { # NAME COMMAND...
  local name=$1 log status=0
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  judged "$name" "$status" "$log"
  rm -f "$log"
}

# COMMAND NAME for each name, as many side by side as there are processors.
checks() { # COMMAND NAME...
  local command=$1 logs name
  shift
  logs=$(mktemp -d)
  for name; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    {
      status=0
      "$command" "$name" >"$logs/$name" 2>&1 || status=$?
      echo "$status" >"$logs/$name.status"
    } &
  done
  wait
  for name; do judged "$name" "$(cat "$logs/$name.status")" "$logs/$name"; done
  rm -rf "$logs"
}

# Configure a build tree once and build it, or the TARGETS alone; false when that fails.
built() { # TREE "TARGETS" OPTIONS...
  local tree=$1 targets=$2
  shift 2
  heading "build $tree"
  if [ ! -f "$tree/build.ninja" ]; then
    meson setup "$tree" "$@" >/dev/null || tail -n 20 "$tree/meson-logs/meson-log.txt"
  fi
  # shellcheck disable=SC2086 # several targets
  if ! ninja -C "$tree" -j "$jobs" --quiet $targets; then
    failed=$((failed + 1))
    printf '  FAIL  %s does not build\n' "$tree"
    return 1
  fi
}

# Run TAP tests of a tree, all or those NAMED, each assertion counted.
tested() { # TREE [NAMED...]
  local tree=$1 p f s
  shift
  meson test -C "$tree" --no-rebuild --num-processes "$jobs" --timeout-multiplier 4 --quiet "$@" >/dev/null 2>&1 || true
  read -r p f s < <(python3 tools/tap_sum.py "$tree/meson-logs/testlog.json")
  python3 tools/tap_sum.py --show "$tree/meson-logs/testlog.json"
  passed=$((passed + p))
  failed=$((failed + f))
  skipped=$((skipped + s))
}

# A build tree and all its TAP tests.
suite() { # TREE OPTIONS...
  local tree=$1
  shift
  if built "$tree" "" "$@"; then tested "$tree"; fi
}

# The last line, and whether all is well.
closing() {
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
