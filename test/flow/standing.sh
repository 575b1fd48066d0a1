# Where an account stands, as queue and explain say it: entered at a line, expired at the
# end of a day, cooling, and entered again.
. "$(dirname "$0")/lib.sh"
space="$work/s"
mkdir "$space"
cat >"$space/usher.yml" <<'YML'
account: {unit: workspace}
outcomes: {paid: {payment: first}}
signals: {invites: 'count("Invite Sent", 7d)'}
user_signals: {own: days(14d)}
qualify:
  team:
    kind: pqa
    aim: paid
    must: [invites >= 2]
    stay: invites >= 1
    hold: 1d
    cooldown: 2d
    expires: 3d
  buyer: {kind: pql, within: team, must: [own >= 1]}
YML
sent() { # DAY TIME USER
  printf '{"type":"track","messageId":"%s","userId":"%s","event":"Invite Sent","context":{"groupId":"acme"},"timestamp":"2025-12-%sT%s:00Z"}\n' \
    "$1$2$3" "$3" "$1" "$2" >>"$work/e.ndjson"
}
sent 01 09:00 ann; sent 02 11:30 ann; sent 03 08:00 bob; sent 12 09:00 ann; sent 12 10:00 ann
"$usher" -C "$space" import "$work/e.ndjson" >/dev/null
at() { # MOMENT DEFINITION FIELD [USER]
  "$usher" -C "$space" explain acme "$2" --at "$1" --json | python3 -c '
import json, sys
rows = json.load(sys.stdin)["definitions"]
row = next(r for r in rows if r["user"] == (sys.argv[2] or None))
print(json.dumps(row[sys.argv[1]]))' "$3" "${4:-}"
}
says() { # MOMENT LANGUAGE TEXT
  "$usher" -C "$space" --lang "$2" explain acme team --at "$1" | grep -qF -- "$3" || fail "$1: not said: $3"
}
queued() { # MOMENT
  "$usher" -C "$space" queue --csv --at "$1" | tail -n +2 | cut -d, -f1,3 | tr -d '"' | sort | paste -sd' '
}

same "holding" '"none" true "2025-12-02T11:30:00Z" "2025-12-03T23:59:59.999999Z"' \
  "$(at 2025-12-03T00:00 team phase) $(at 2025-12-03T00:00 team holding) $(at 2025-12-03T00:00 team since) $(at 2025-12-03T00:00 team due)"
says 2025-12-03T00:00 en 'eligible since 2 Dec 2025 11:30 UTC; qualifies on 3 Dec 2025 23:59 UTC'
same "nobody is queued yet" "" "$(queued 2025-12-03T23:59)"
same "qualified, with its people" "buyer,ann buyer,bob team," "$(queued 2025-12-04)"
same "until it expires" '"2025-12-06T23:59:59.999999Z"' "$(at 2025-12-05 team due)"
same "a person from the moment of the account" '"2025-12-03T23:59:59.999999Z"' "$(at 2025-12-05 buyer since bob)"
says 2025-12-05 zh '若无其他变化'
same "expired at the end of the day" '"cooling" "expired" "2025-12-06T23:59:59.999999Z" "2025-12-08T23:59:59.999999Z"' \
  "$(at 2025-12-07 team phase) $(at 2025-12-07 team left_by) $(at 2025-12-07 team left) $(at 2025-12-07 team due)"
says 2025-12-07 en 'its time was over'
same "its people leave with it" '"left"' "$(at 2025-12-07 buyer left_by ann)"
same "a second time" '2 "2025-12-13T23:59:59.999999Z"' "$(at 2025-12-14 team ordinal) $(at 2025-12-14 team since)"
says 2025-12-14 en 'it qualified before and left on 6 Dec 2025 23:59 UTC: its time was over'

printf 'account,at,amount\nacme,2025-12-14T10:00:00Z,90\n' >"$work/payments.csv"
"$usher" -C "$space" import "$work/payments.csv" >/dev/null
same "converted by the payment, at once" '"converted" "2025-12-14T10:00:00Z"' \
  "$(at 2025-12-14T10:00 team left_by) $(at 2025-12-14T10:00 team left)"
same "and gone from the queue" "buyer,ann buyer,bob" "$(queued 2025-12-14T10:00)"
same "its people at the end of that day" "" "$(queued 2025-12-15)"
