# A small file system that fills during an import: a clear error, nothing half-written,
# and the import completes once there is room.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 200000 --seed 5 >/dev/null
workspace "$work/clean"
"$usher" -C "$work/clean" import "$work/sim/events.ndjson" >/dev/null
wanted=$(print_of "$work/clean")
mkdir "$work/small"
if ! mount -t tmpfs -o size=6m tmpfs "$work/small" 2>/dev/null; then
  echo "skipped: no right to mount a tmpfs here"
  exit 0
fi
cleanup() { umount "$work/small" 2>/dev/null || true; rm -rf "$work"; }
workspace "$work/small/space"
if "$usher" -C "$work/small/space" import "$work/sim/events.ndjson" >"$work/out" 2>&1; then
  fail "an import into a full disk said it went well"
fi
grep -qiE 'full|no space' "$work/out" || { cat "$work/out"; fail "the error does not say that the disk is full"; }
if "$usher" -C "$work/small/space" --lang zh import "$work/sim/events.ndjson" >"$work/out.zh" 2>&1; then
  fail "a second import into a full disk said it went well"
fi
mount -o remount,size=400m "$work/small"
"$usher" -C "$work/small/space" import "$work/sim/events.ndjson" >/dev/null
same "completed once there is room" "$wanted" "$(print_of "$work/small/space")"
