# The real logs import with exactly the counts that were computed independently, and the
# two examples give a queue.
. "$(dirname "$0")/lib.sh"
[ -d "$shared/data" ] || { echo "skipped: no real data here"; exit 0; }
for set in callmemaybe onlineretail coreboot_git; do
  space="$work/$set"
  workspace "$space"
  [ -f "$(dirname "$0")/../../examples/$set/usher.yml" ] && cp "$(dirname "$0")/../../examples/$set/usher.yml" "$space/"
  "$usher" -C "$space" import "$shared/data/$set/$set.ndjson.gz" >/dev/null
  "$usher" -C "$space" query --json "SELECT (SELECT sum(added)::BIGINT FROM imports) AS messages, (SELECT count(*) FROM people WHERE identified) AS users, (SELECT count(*) FROM accounts) AS groups, (SELECT strftime(min(m), '%Y-%m-%dT%H:%M:%S.%gZ') FROM (SELECT min(happened) AS m FROM events UNION ALL SELECT min(happened) FROM traits UNION ALL SELECT min(known) FROM links)) AS first" >"$work/counts.json"
  "$usher" -C "$space" query --json "SELECT event, count(*)::BIGINT AS n FROM events_now GROUP BY 1" >"$work/events.json"
  python3 - "$shared/data/$set/counts.json" "$work/counts.json" "$work/events.json" <<'PY' || fail "$set: counts differ"
import json, sys
wanted = json.load(open(sys.argv[1]))
got = json.loads(open(sys.argv[2]).readline())
events = {r["event"]: r["n"] for r in map(json.loads, open(sys.argv[3]))}
bad = [(k, wanted[k], got[k]) for k in ("messages", "users", "groups", "first") if wanted[k] != got[k]]
if wanted["events"] != events:
    bad.append(("events", wanted["events"], events))
print(bad)
sys.exit(bool(bad))
PY
done
for set in callmemaybe onlineretail; do
  rows=$("$usher" -C "$work/$set" queue --csv | wc -l)
  [ "$rows" -gt 5 ] || fail "$set: the queue has $rows lines"
done
