#!/bin/sh
# fuzzers.sh: the names of the fuzz targets, one a line: src/MODULE/NAME_fuzz.c is NAME.
cd "$(dirname "$0")/.."
for file in src/*/*_fuzz.c; do
  [ -e "$file" ] && basename "$file" _fuzz.c
done
