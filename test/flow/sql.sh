# usher sql: what it prints is what docs/sql.md shows; run by usher query it gives the
# values and verdicts that usher gives; what is not there is named.
. "$(dirname "$0")/lib.sh"
page=$(dirname "$0")/../../docs/sql.md

# The nth block of the page in a language.
block() { # LANGUAGE
  awk -v from="\`\`\`$1" '$0 == from { on = 1; next } $0 == "```" { if (on) exit } on' "$page"
}
space="$work/page"
mkdir "$space"
block yaml >"$space/usher.yml"
block ndjson >"$space/events.ndjson"
USHER_NOW=2026-11-01T00:00:00Z "$usher" -C "$space" import "$space/events.ndjson" >/dev/null
"$usher" -C "$space" sql pull --at 2026-03-08 >"$work/pull.sql"
same "the page shows the SQL" "$(block sql)" "$(cat "$work/pull.sql")"
same "and its answer" "$(block text)" "$("$usher" -C "$space" query "$(cat "$work/pull.sql")")"

"$usher" simulate "$work/sim" --events 30000 --seed 8 >/dev/null
space="$work/s"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
events: {hand_raise: "Contact Sales Submitted"}
exclude: account.plan == "student"
outcomes: {paid: {payment: first}}
signals:
  invites: count("Invite Sent", 7d)
  team: users(14d)
  quiet: since(any)
  share: ratio(invites, team)
  growth: trend(count("Document Edited", 14d))
  plan: account.plan
  money: account.paid(90d)
user_signals:
  own_days: days(14d)
  wrote: count("Document Edited", 14d)
qualify:
  growing:
    kind: pqa
    aim: paid
    who: account.plan != "enterprise"
    must: [team >= 2, quiet <= 14]
    score:
      usage:
        - 40 if team >= 3
        - 10 * least(invites, 5)
      fit: [50 if account.employees >= 20]
    threshold: {usage: 30}
YML
"$usher" -C "$space" import "$work/sim/events.ndjson" "$work/sim/accounts.csv" "$work/sim/payments.csv" >/dev/null

ask() { # NAME AT…
  "$usher" -C "$space" query --csv "$("$usher" -C "$space" sql "$@")" | tr -d '\r'
}
for at in 2025-03-09T13:40:11Z 2025-08-31; do
  for signal in invites team quiet share growth plan money; do
    "$usher" -C "$space" values --at "$at" --signal "$signal" | tail -n +2 >"$work/ours"
    [ -s "$work/ours" ] || fail "$signal has no rows"
    ask "$signal" --at "$at" | tail -n +2 >"$work/sql"
    same "$signal at $at" "" "$(diff "$work/ours" "$work/sql" | head -n 3)"
  done
  for signal in own_days wrote; do
    "$usher" -C "$space" values --at "$at" --signal "$signal" | tail -n +2 >"$work/ours"
    [ -s "$work/ours" ] || fail "$signal has no rows"
    ask "$signal" --at "$at" | tail -n +2 >"$work/sql"
    same "$signal at $at" "" "$(diff "$work/ours" "$work/sql" | head -n 3)"
  done
done
ask growing --at 2026-01-01 >"$work/growing"
same "a definition's columns" \
  "account,eligible,who,excluded,hand_raised,must_1,must_2,usage,fit,intent" \
  "$(head -n 1 "$work/growing")"
same "its moments have their t" "account,t,eligible" \
  "$(ask growing --at 2025-02-01 --moments | head -n 1 | cut -d, -f1-3)"
same "an expression" "$(ask team --at 2025-08-31)" "$(ask --expr 'users(14d)' --at 2025-08-31)"
"$usher" -C "$space" sql grwth 2>"$work/err" && fail "grwth is no signal"
grep -q '"growth"' "$work/err" || fail "the nearest name is said: $(cat "$work/err")"
"$usher" -C "$space" sql 2>"$work/err" && fail "of what?"
grep -q -e --expr "$work/err" || fail "what is wanted is said: $(cat "$work/err")"
