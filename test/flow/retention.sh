# What is older than usher.yml keeps goes: by a command, and by a server once a day. Who is
# who stays with those of whom anything newer is there; others go whole.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
python3 - "$work" <<'PY'
import datetime, json, pathlib, sys
out = pathlib.Path(sys.argv[1])
day0 = datetime.datetime(2025, 6, 1, 12, tzinfo=datetime.timezone.utc)
n = 0


def line(day, **message):
    global n
    n += 1
    at = (day0 + datetime.timedelta(days=day)).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": "track", "messageId": f"r{n}", "timestamp": at, **message})


team = {"context": {"groupId": "norvik"}}
# Old, and nothing but events: a file, and so a segment, of its own.
(out / "1.ndjson").write_text("".join(line(d, userId=u, event="Invite Sent", **team) + "\n" for d in range(20) for u in ("stays", "goes")))
# Who is who of two people, of whom one is seen later.
second = [line(1, type="identify", userId=u, anonymousId=f"a-{u}", traits={"email": f"{u}@norvik.example"}) for u in ("stays", "goes")]
second += [line(2, type="group", userId=u, groupId="norvik") for u in ("stays", "goes")]
second += [line(d, anonymousId="a-goes", event="Page Seen") for d in range(3, 9)]
second += [line(40, type="trck", userId="stays")]
(out / "2.ndjson").write_text("\n".join(second) + "\n")
(out / "3.ndjson").write_text("".join(line(d, userId="stays", event="Invite Sent", **team) + "\n" for d in range(170, 181)))
PY
fresh() { # FOLDER
  mkdir "$1"
  printf 'account: {unit: workspace}\nsources: {web: {key: wk_web}}\nsignals:\n  invites: count("Invite Sent", 7d)\nqualify:\n  team: {kind: pqa, must: [invites >= 5]}\n' >"$1/usher.yml"
}
segments() { ls "$1"/data/journal/*.ndjson.zst | wc -l; }

fresh "$work/a"
USHER_NOW=2025-07-01T00:00:00Z "$usher" -C "$work/a" import "$work"/1.ndjson >/dev/null 2>&1
"$usher" -C "$work/a" import "$work"/2.ndjson >/dev/null 2>&1
"$usher" -C "$work/a" import "$work"/3.ndjson >/dev/null 2>&1
status=0
"$usher" -C "$work/a" retention 2>"$work/err" || status=$?
[ "$status" -ne 0 ] && grep -q 'does not say how long' "$work/err" || fail "without retention: $(cat "$work/err")"
printf 'retention: {events: 60d, dead_letters: 0d}\n' >>"$work/a/usher.yml"
status=0
"$usher" -C "$work/a" retention 2>"$work/err" || status=$?
[ "$status" -ne 0 ] || fail "nought days were taken"
sed -i '$d' "$work/a/usher.yml"
printf 'retention: {events: 60d, dead_letters: 90d}\n' >>"$work/a/usher.yml"

# On 29 November the last whole days kept are from 30 September on.
export USHER_NOW=2025-11-29T10:00:00Z
"$usher" -C "$work/a" retention --dry-run --json >"$work/would"
same "a dry run: 40 invites, 2 of who is who, 6 pages, an import; no letter" '{"what":"message","lines":48}
{"what":"import","lines":1}' "$(cat "$work/would")"
same "nothing was touched" 57 "$(cell "$work/a" 'SELECT count(*) FROM event_log')"
fires() { "$usher" -C "$work/a" firings --json --from 2025-11-01 | sed 's/"entry":[0-9]*,//'; }
fires >"$work/fires" # which entry of the account it is, is counted from what is left
grep -q entered "$work/fires" || fail "nothing fires"
same "segments" 3 "$(segments "$work/a")"
"$usher" -C "$work/a" retention --json >"$work/went"
same "what went" "$(cat "$work/would")" "$(cat "$work/went")"
same "what is left" 11 "$(cell "$work/a" 'SELECT count(*) FROM event_log')"
same "the segment with nothing in it" 2 "$(segments "$work/a")"
same "her address stays with her" stays@norvik.example "$(cell "$work/a" "SELECT string_agg(value, ' ') FROM user_traits WHERE trait = 'email'")"
same "her links" 2 "$(cell "$work/a" 'SELECT count(*) FROM links')"
! zstdcat "$work"/a/data/journal/*.zst | grep -q '"goes"\|a-goes' || fail "somebody who is gone is still named"
fires | diff - "$work/fires" >"$work/diff" || fail "on what is left something else fires: $(cat "$work/diff")"
rows() { "$usher" -C "$work/a" query --csv "SELECT * FROM event_log ORDER BY ALL"; "$usher" -C "$work/a" query --csv "SELECT * FROM links ORDER BY ALL"; }
rows >"$work/rows"
"$usher" -C "$work/a" rebuild >/dev/null
rows | diff - "$work/rows" >/dev/null || fail "a rebuild gives something else"
"$usher" -C "$work/a" retention >"$work/again"
grep -q 'nothing to take out' "$work/again" || fail "a second time: $(cat "$work/again")"
"$usher" -C "$work/a" import "$work"/3.ndjson >"$work/import" 2>&1
same "the same file adds nothing" 11 "$(cell "$work/a" 'SELECT count(*) FROM event_log')"

# A dead letter goes by its own length of time.
USHER_NOW=2030-01-01T00:00:00Z "$usher" -C "$work/a" retention --json >"$work/later"
grep -q '"what":"dead","lines":1' "$work/later" || fail "the letter stayed: $(cat "$work/later")"
unset USHER_NOW

# A server does it by itself, and goes on.
fresh "$work/b"
printf 'retention: {events: 60d}\n' >>"$work/b/usher.yml"
"$usher" -C "$work/b" import "$work"/?.ndjson >/dev/null 2>&1
server_start "$work/b"
for i in $(seq 1 8); do
  answer -u wk_web: "$base/v1/track" -d '{"userId":"stays","event":"Invite Sent","messageId":"live-'$i'","context":{"groupId":"norvik"}}' >/dev/null
done
for i in $(seq 1 600); do
  grep -q server.said_retention "$server_log" && break
  sleep 0.1
done
grep -q 'server.said_retention"' "$server_log" || fail "the server kept all: $(cat "$server_log")"
same "what is left beside a server" 8 "$(cell "$work/b" 'SELECT count(*) FROM event_log')"
same "who is who" stays@norvik.example "$(cell "$work/b" "SELECT string_agg(value, ' ') FROM user_traits WHERE trait = 'email'")"
server_stop
"$usher" -C "$work/b" rebuild >/dev/null
same "and after a rebuild" 8 "$(cell "$work/b" 'SELECT count(*) FROM event_log')"
