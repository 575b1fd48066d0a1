# lib.sh: what the end-to-end scenarios share. Each is run as: bash NAME.sh USHER
set -euo pipefail
usher=$1
work=$(mktemp -d)
trap 'cleanup' EXIT
cleanup() { rm -rf "$work"; }
export USHER_NOW=2026-01-01T00:00:00Z LANG=C.UTF-8
shared=${USHER_SHARED:-$(dirname "$0")/../../../shared}

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

same() { # WHAT WANTED GOT
  [ "$2" = "$3" ] || fail "$1: wanted $2, got $3"
}

# What history holds, in one line that does not depend on the order of arrival.
print_of() { # WORKSPACE
  "$usher" -C "$1" query --csv "SELECT count(*), bit_xor(hash(event, account, person, happened, known)), count(DISTINCT (segment, pos)) FROM events_now" | tail -n 1 | tr -d '\r'
}

cell() { # WORKSPACE SQL
  "$usher" -C "$1" query --csv "$2" | tail -n 1 | tr -d '\r'
}

workspace() { # FOLDER
  mkdir -p "$1"
  printf 'account: {unit: workspace}\nsignals:\n  limits: count("Limit Reached" where resource == "seats", 14d)\n' > "$1/usher.yml"
}
