#!/bin/sh
# format_check.sh: clang-format would change nothing.
set -eu
cd "$(dirname "$0")/.."
git ls-files 'src/*.c' 'src/*.h' 'test/*.c' 'tools/*.c' | xargs clang-format --dry-run --Werror
