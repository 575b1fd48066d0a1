# Every command that the manual and the README show is run as it stands, in a workspace
# that has what it names, and succeeds.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
export USHER_NOW=2026-04-10T00:00:00Z
mkdir -p "$work/bin" "$work/base/examples/callmemaybe"
ln -s "$(realpath "$usher")" "$work/bin/usher"
export PATH="$work/bin:$PATH"
cd "$work/base"
cp "$here/examples/callmemaybe/usher.yml" examples/callmemaybe/

cat >usher.yml <<'YML'
account: {unit: workspace}
outcomes: {paid: {payment: first}}
retention: {events: 400d}
signals:
  active_users: users(14d)
user_signals:
  active_days: days(14d)
qualify:
  team_expansion: {kind: pqa, aim: paid, must: [active_users >= 2], score: {usage: [50 if active_users >= 2]}}
YML
sed 's/>= 2\]/>= 3]/' usher.yml >stricter.yml
cp stricter.yml new.yml
for month in 2025-12 2026-01 2026-02 2026-03; do
  for day in 02 11 20 28; do
    for user in ada bob cid; do
      printf '{"type":"track","event":"Invite Sent","userId":"%s@norvik.example","messageId":"%s","context":{"groupId":"acme"},"timestamp":"%sT10:00:00Z"}\n' \
        $user "$user-$month-$day" "$month-$day"
    done
  done
done >events.ndjson
printf '{"type":"identify","userId":"ada@norvik.example","anonymousId":"x1","messageId":"i1","timestamp":"2026-01-02T11:00:00Z"}\n' >>events.ndjson
for line in 'Report Viewed 2025-12-03' 'Report Viewed 2025-12-04' 'Plan Upgraded 2025-12-30'; do
  printf '{"type":"track","event":"%s","userId":"dee","messageId":"%s","context":{"groupId":"beta"},"timestamp":"%sT10:00:00Z"}\n' \
    "${line% *}" "${line// /}" "${line##* }"
done >>events.ndjson
grep '"2025' events.ndjson >2025.ndjson
grep '"2026' events.ndjson >2026.ndjson
gzip -k events.ndjson
printf 'account,at,amount,interval\nacme,2026-03-01,20,month\n' >payments.csv
printf 'deal_id,account,stage,stage_at\nd1,acme,open,2026-03-01\n' >deals.csv
printf 'Time,Action,userId\n2026-03-01,Login,ada@norvik.example\n' >log.csv
printf 'customer,account\ncus_1,acme\n' >customers.csv
printf 'id,Customer,Amount Due,Amount Paid,Currency,Date (UTC),Status\nin_1,cus_1,9.00,9.00,usd,2026-03-01,paid\n' >stripe_invoices.csv
usher import events.ndjson payments.csv deals.csv >/dev/null
usher backup "$work/backups/usher-2026-11-23" >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out chain.pem 2>/dev/null
link=$(usher query --csv "SELECT min(seq) FROM links WHERE kind = 'anonymous'" | tail -n 1 | tr -d '\r')

# The lines that begin with usher, in blocks of shell, without what is said of them.
shown() { awk '/^```/ { code = /^```sh/; next } code && /^usher / { sub(/  +# .*/, ""); print }' "$1"; }
count=0
while read -r line; do
  rm -rf "$work/try"
  cp -r "$work/base" "$work/try"
  cd "$work/try"
  case $line in
  *init*) rm -rf usher.yml data ;;
  *'token revoke'*) usher token create crm_sync --scopes read >/dev/null 2>&1 ;;
  *'backup /'*) rm -rf "$work/new" && line=${line//\/backups\//$work\/new\/} ;;
  esac
  # A server runs until it is told to stop, which is then no failure; any port will do.
  case $line in
  *' serve'*)
    line="timeout --foreground --preserve-status -s TERM 2 ${line//0.0.0.0:443/127.0.0.1:0}"
    case $line in *--listen*) ;; *) line="$line --listen 127.0.0.1:0" ;; esac
    ;;
  esac
  line=${line//\/backups\//$work\/backups\/}
  line=${line//4711/$link}
  line=${line//growing_teams/team_expansion}
  line=${line//acc51/acme}
  line=${line//u_812/dee}
  line=${line//..\//}
  line=${line//50000000/2000}
  line=${line//1000000/2000}
  bash -c "set -o pipefail; $line" >"$work/out" 2>&1 </dev/null || { cat "$work/out"; fail "$line"; }
  count=$((count + 1))
done < <(shown "$here/docs/commands.md"; shown "$here/README.md"; shown "$here/README.zh.md")
[ "$count" -gt 50 ] || fail "only $count commands were found"
printf '%s commands\n' "$count"
