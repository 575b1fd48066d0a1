#!/bin/sh
# fuzz_short.sh NAME SECONDS: the target's corpus, then mutations of it from a fixed seed,
# in the sanitized build. The long, coverage-guided runs are make soak's.
set -eu
cd "$(dirname "$0")/.."
name=$1
binary=$(find build-asan -name "${name}_fuzz_short" -type f | head -n 1)
[ -n "$binary" ] || { echo "no binary for $name"; exit 1; }
exec "$binary" "test/corpus/$name" "$2"
