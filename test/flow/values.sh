# usher values: one row an account, in order, equal to SQL written by hand, now and in the
# past; people; expressions that usher.yml does not have; what is not there is named.
. "$(dirname "$0")/lib.sh"
"$usher" simulate "$work/sim" --events 40000 --seed 5 >/dev/null
space="$work/s"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
signals:
  invites: count("Invite Sent", 7d)
  team: users(14d)
  busy: days("Document Edited", 30d)
  seats: count("Limit Reached" where resource == "seats", all)
  quiet: since(any)
  tried: ever("Trial Started")
  share: ratio(invites, team)
user_signals:
  own_days: days(14d)
  wrote: count("Document Edited", 14d)
YML
"$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/accounts.csv" >/dev/null
signals="invites,team,busy,seats,quiet,tried,share"

# Who did what as it was known at the moment $1, by links made until then.
seen() { # TIME
  cat <<SQL
WITH seen AS (
  SELECT e.happened::DATE AS day, n.name AS event, a.key AS account, p.key AS person,
      coalesce(p.identified, false) AS identified, e.p_resource AS resource,
      TIMESTAMP '$1'::DATE AS today
  FROM events e
  LEFT JOIN event_spans x
    ON x.seq = e.seq AND x.from_known <= TIMESTAMP '$1' AND TIMESTAMP '$1' < x.to_known
  LEFT JOIN names n ON n.id = e.name
  LEFT JOIN accounts a ON a.id = CASE WHEN x.seq IS NULL THEN e.account ELSE x.account END
  LEFT JOIN people p ON p.id = CASE WHEN x.seq IS NULL THEN e.person ELSE x.person END
  WHERE e.known <= TIMESTAMP '$1')
SQL
}

by_account() { # TIME
  seen "$1"
  cat <<'SQL'
SELECT account,
  count(*) FILTER (event = 'Invite Sent' AND day > today - 7) AS invites,
  count(DISTINCT person) FILTER (day > today - 14) AS team,
  count(DISTINCT day) FILTER (event = 'Document Edited' AND day > today - 30) AS busy,
  count(*) FILTER (event = 'Limit Reached' AND resource = 'seats') AS seats,
  any_value(today) - max(day) AS quiet,
  bool_or(event = 'Trial Started') AS tried,
  CASE WHEN team > 0 THEN invites / team END AS share
FROM seen WHERE account IS NOT NULL GROUP BY account ORDER BY account
SQL
}

by_person() { # TIME
  seen "$1"
  cat <<'SQL'
SELECT account, person AS user, count(DISTINCT day) FILTER (day > today - 14) AS own_days,
  count(*) FILTER (event = 'Document Edited' AND day > today - 14) AS wrote
FROM seen WHERE account IS NOT NULL AND identified GROUP BY ALL ORDER BY account, person
SQL
}

for at in 2025-03-09T13:40:11Z 2025-08-31 2026-01-01T00:00:00Z; do
  "$usher" -C "$space" values --at "$at" >"$work/ours.csv"
  "$usher" -C "$space" query --csv "$(by_account "$at")" | tr -d '\r' >"$work/sql.csv"
  same "header" "account,$signals" "$(head -n 1 "$work/ours.csv")"
  # An account that is only known by its traits has a row, with nothing counted.
  grep -v ',0,0,0,0,,false,$' "$work/ours.csv" >"$work/used.csv"
  [ "$(wc -l <"$work/sql.csv")" -gt 20 ] || fail "few accounts at $at"
  diff "$work/sql.csv" "$work/used.csv" >&2 || fail "values at $at are not those of SQL"
  LC_ALL=C sort -c <(tail -n +2 "$work/ours.csv" | cut -d, -f1) || fail "not in order"
  "$usher" -C "$space" values --user --at "$at" >"$work/ours.csv"
  "$usher" -C "$space" query --csv "$(by_person "$at")" | tr -d '\r' >"$work/sql.csv"
  same "header of people" "account,user,own_days,wrote" "$(head -n 1 "$work/ours.csv")"
  # A person known without an event has a row too.
  LC_ALL=C join -t ';' -v 1 <(LC_ALL=C sort "$work/sql.csv") <(LC_ALL=C sort "$work/ours.csv") >"$work/lost.csv"
  [ ! -s "$work/lost.csv" ] || { cat "$work/lost.csv"; fail "people at $at are not those of SQL"; }
  same "people without events" "" "$(LC_ALL=C join -t ';' -v 2 <(LC_ALL=C sort "$work/sql.csv") <(LC_ALL=C sort "$work/ours.csv") | grep -v ',0,0$' || true)"
done

# Some signals, some accounts, an expression, in every form.
account=$(tail -n 3 "$work/ours.csv" | head -n 1 | cut -d, -f1)
row() { "$usher" -C "$space" values --account "$account" "$@"; }
full=$(row | tail -n 1)
same "two signals, their own order" "$account,$(echo "$full" | cut -d, -f3),$(echo "$full" | cut -d, -f2)" \
  "$(row --signal team --signal invites | tail -n 1)"
same "an expression" "$(row -s team | tail -n 1)" "$(row --expr 'users(14d)' | tail -n 1)"
same "its header" 'account,invites,"count(""Invite Sent"", 7d) > 1"' \
  "$(row -s invites --expr 'count("Invite Sent", 7d) > 1' | head -n 1)"
same "a property nobody named before" "2" "$(row --expr 'count("Invite Sent" where role == "admin", all)' | wc -l)"
row --json --expr account.plan | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert len(rows) == 1 and list(rows[0]) == ["account", "at", "values"], rows
assert list(rows[0]["values"]) == ["account.plan"], rows'
row --json --timing | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert len(rows) == 2 and rows[1]["timing"]["accounts"] == 1 and rows[1]["timing"]["events"] > 0, rows'
row --timing 2>"$work/err" >/dev/null
grep -q 'M events/s' "$work/err" || fail "--timing says nothing"
row --table --lang zh | head -n 1 | grep -q '客户账户' || fail "no Chinese table"
same "an account twice is once" "2" "$(row --account "$account" | wc -l)"

refused() { # STATUS PATTERN COMMAND...
  local status=$1 pattern=$2 got=0
  shift 2
  "$@" >"$work/out" 2>&1 || got=$?
  same "status of $*" "$status" "$got"
  grep -q -- "$pattern" "$work/out" || { cat "$work/out"; fail "no $pattern in what $* says"; }
}
refused 3 'did you mean “invites”' "$usher" -C "$space" values --signal invitez
refused 3 '您是指“team”吗' "$usher" -C "$space" --lang zh values --signal taem
refused 3 "did you mean “$account”" "$usher" -C "$space" values --account "x$account"
refused 3 'No account' "$usher" -C "$space" values --account "$account" --at 2024-12-01
refused 2 '--expr:1:10' "$usher" -C "$space" values --expr 'users(14d'
refused 1 'at' "$usher" -C "$space" values --at soon
printf 'account: {unit: workspace}\n' >"$space/usher.yml"
refused 2 'no signals' "$usher" -C "$space" values
refused 2 '还没有 user_signals' "$usher" -C "$space" --lang zh values --user
same "without signals an expression still counts" "account,count(any, all)" \
  "$("$usher" -C "$space" values --expr 'count(any, all)' | head -n 1 | tr -d '"')"
