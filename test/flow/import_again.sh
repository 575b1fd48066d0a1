# The same file again adds nothing; pieces in any order give the same; packed or plain;
# bad lines become dead letters with their place and the rest goes in.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 30000 --seed 11 >/dev/null
events="$work/sim/events.ndjson"
workspace "$work/a"
"$usher" -C "$work/a" import "$events" >/dev/null
wanted=$(print_of "$work/a")
"$usher" -C "$work/a" import "$events" >/dev/null
same "the same file again" "$wanted" "$(print_of "$work/a")"

workspace "$work/b"
split -n l/4 "$events" "$work/piece."
"$usher" -C "$work/b" import "$work/piece.ad" "$work/piece.ab" >/dev/null
"$usher" -C "$work/b" import "$work/piece.aa" "$work/piece.ac" "$work/piece.ab" >/dev/null
same "pieces out of order" "$wanted" "$(print_of "$work/b")"

workspace "$work/c"
gzip -k "$work/piece.aa" "$work/piece.ab"
zstd -q "$work/piece.ac"
"$usher" -C "$work/c" import "$work/piece.aa.gz" "$work/piece.ab.gz" "$work/piece.ac.zst" - <"$work/piece.ad" >/dev/null
same "gz, zst and standard input" "$wanted" "$(print_of "$work/c")"

workspace "$work/d"
{ head -n 10 "$events"; printf '{"type":"track","event":"X"\n\xff\xfe\n{"type":"track","userId":"u","timestamp":"2026-01-01"}\n'; tail -n +11 "$events"; } >"$work/bad.ndjson"
"$usher" -C "$work/d" import "$work/bad.ndjson" >/dev/null
same "the rest goes in" "$wanted" "$(print_of "$work/d")"
same "dead letters" "3" "$(cell "$work/d" "SELECT count(*) FROM dead_letters")"
same "their lines" "11;12;13" "$(cell "$work/d" "SELECT string_agg(line, ';' ORDER BY line) FROM dead_letters")"
workspace "$work/e"
if "$usher" -C "$work/e" import --strict "$work/bad.ndjson" >"$work/out" 2>&1; then fail "strict went on"; fi
grep -q 'bad.ndjson:11' "$work/out" || { cat "$work/out"; fail "strict does not name the place"; }
head -c 3000 "$work/piece.aa.gz" >"$work/cut.gz"
if "$usher" -C "$work/e" import "$work/cut.gz" >"$work/out" 2>&1; then fail "a cut file went well"; fi
grep -q 'cut.gz' "$work/out" || fail "the error does not name the cut file"
