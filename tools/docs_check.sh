#!/bin/sh
# docs_check.sh BUILD: the committed pages of docs/ are what the program prints.
set -eu
cd "$(dirname "$0")/.."
usher=$1/src/cli/usher
for page in configuration signals commands; do
  "$usher" --lang en docs "$page" | diff -u "docs/$page.md" - || {
    echo "docs/$page.md is stale: run make docs"
    exit 1
  }
done
