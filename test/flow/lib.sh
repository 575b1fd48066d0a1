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

# A page of ours: every element closed, nothing from elsewhere, so many charts and tables,
# and each of the words in it.
whole_page() { # FILE CHARTS TABLES WORDS...
  python3 - "$@" <<'PY' || fail "$1 is not whole"
import collections, html.parser, sys

page = open(sys.argv[1], encoding="utf-8").read()
met = collections.Counter()


class Reader(html.parser.HTMLParser):
    open = []

    def handle_starttag(self, tag, attrs):
        met[tag] += 1
        if tag != "meta":
            self.open.append(tag)
        if any(k in ("src", "href") for k, _ in attrs):
            sys.exit("it needs something from elsewhere")

    def handle_startendtag(self, tag, attrs):
        met[tag] += 1

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            sys.exit(f"</{tag}> closes nothing")


reader = Reader()
reader.feed(page)
if reader.open or "://" in page or (met["svg"], met["table"]) != (int(sys.argv[2]), int(sys.argv[3])):
    sys.exit(f"open: {reader.open}; {met['svg']} charts, {met['table']} tables")
for words in sys.argv[4:]:
    if words not in page:
        sys.exit(f"{words} is not said")
PY
}
