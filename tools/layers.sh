#!/bin/sh
# layers.sh: a module includes itself and the modules named before it, no others.
# docs/design.md holds the same list, with reasons.
set -eu
cd "$(dirname "$0")/.."
order="base text file json config event journal identity stats history state signal qualify sim import study handoff answer outreach connector deliver http server mcp cli"
grep -rnoE '#include "[a-z]+/[a-z_]+\.h"' src --include='*.[ch]' --include='*.cc' |
  awk -F: -v order="$order" '
  BEGIN { n = split(order, m, " "); for (i = 1; i <= n; i++) rank[m[i]] = i }
  { split($1, path, "/"); from = path[2]; split($3, quoted, "\""); split(quoted[2], part, "/"); to = part[1]
    if (!(from in rank) || !(to in rank) || rank[to] > rank[from]) {
      print from " may not include " to ": " $0; bad = 1 } }
  END { exit bad }'
