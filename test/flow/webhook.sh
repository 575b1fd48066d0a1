# What Stripe posts is what `usher query` shows: once, in whatever order it comes, beside
# an export of the same invoices; what is not signed by the secret is refused.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/server_lib.sh"
mkdir "$work/space"
cat >"$work/space/usher.yml" <<'YML'
account: {unit: workspace}
sources:
  web: {key: wk_web}
  billing: {kind: stripe, secret: ['${STRIPE_SECRET}', whsec_before], customers: who.csv}
outcomes: {paid: {payment: first}}
YML
printf 'customer,account\ncus_2,beta\n' >"$work/space/who.csv"

if "$usher" -C "$work/space" serve --listen 127.0.0.1:0 >"$work/out" 2>&1; then fail "it starts without its secret"; fi
# shellcheck disable=SC2016
grep -q '${STRIPE_SECRET}' "$work/out" || { cat "$work/out"; fail "it does not say which secret is missing"; }
export STRIPE_SECRET=whsec_made_up
server_start "$work/space"

hook() { # SECRET ID TYPE OBJECT [SECONDS AGO]: the event, signed as Stripe signs
  python3 - "$base/webhooks/stripe" "$@" <<'PY'
import hashlib, hmac, json, sys, time, urllib.error, urllib.request
url, secret, event, kind, thing, *ago = sys.argv[1:]
now = int(time.time()) - (int(ago[0]) if ago else 0)
body = json.dumps({"id": event, "object": "event", "api_version": "2026-10-28.endive", "created": now - 5,
                   "livemode": True, "type": kind, "data": {"object": json.loads(thing)}}).encode()
sum = hmac.new(secret.encode(), b"%d." % now + body, hashlib.sha256).hexdigest()
ask = urllib.request.Request(url, body, {"Stripe-Signature": f"t={now},v1={sum}", "Content-Type": "application/json"})
try:
    with urllib.request.urlopen(ask) as got:
        print(got.status, got.read().decode())
except urllib.error.HTTPError as no:
    print(no.code, json.load(no)["detail"])
PY
}
invoice() { # ID CUSTOMER CENTS METADATA
  printf '{"id":"%s","object":"invoice","customer":"%s","currency":"usd","amount_paid":%d,"amount_due":%d,"metadata":%s,"collection_method":"charge_automatically","status_transitions":{"paid_at":1764547200},"lines":{"data":[{"amount":%d,"quantity":3,"period":{"start":1764547200,"end":1767225600}}]}}' "$1" "$2" "$3" "$3" "$4" "$3"
}

ok='200 {"received":true}'
refund='{"id":"ch_9","object":"charge","amount":9000,"amount_refunded":%d,"currency":"usd","metadata":{"account":"acme"}}'
# shellcheck disable=SC2059
same "a refund before its payment" "$ok" "$(hook "$STRIPE_SECRET" evt_1 charge.refunded "$(printf "$refund" 9000)")"
# shellcheck disable=SC2059
same "and the first part of it last" "$ok" "$(hook "$STRIPE_SECRET" evt_2 charge.refunded "$(printf "$refund" 2000)")"
same paid "$ok" "$(hook "$STRIPE_SECRET" evt_3 invoice.paid "$(invoice in_1 cus_1 9000 '{"account":"acme"}')")"
same "the same again" '200 {"received":true,"repeat":"stripe.repeat"}' "$(hook "$STRIPE_SECRET" evt_3 invoice.paid "$(invoice in_1 cus_1 9000 '{"account":"acme"}')")"
same "by another event" '200 {"received":true,"repeat":"stripe.repeat"}' "$(hook "$STRIPE_SECRET" evt_4 invoice.payment_succeeded "$(invoice in_1 cus_1 9000 '{"account":"acme"}')")"
same "by the secret before" "$ok" "$(hook whsec_before evt_5 invoice.paid "$(invoice in_2 cus_2 4900 '{}')")"
same subscribed "$ok" "$(hook "$STRIPE_SECRET" evt_6 customer.subscription.updated '{"id":"sub_1","customer":"cus_2","status":"active","items":{"data":[{"quantity":4,"price":{"nickname":"Team","recurring":{"interval":"month","interval_count":1}}}]}}')"
same stranger '200 {"received":true,"dead":"stripe.unknown_customer"}' "$(hook "$STRIPE_SECRET" evt_7 invoice.paid "$(invoice in_3 cus_3 100 '{}')")"
same passed '200 {"received":true,"passed":"stripe.passed"}' "$(hook "$STRIPE_SECRET" evt_8 customer.created '{"id":"cus_4"}')"
hook whsec_wrong evt_9 invoice.paid '{}' | grep -q '^400 no secret of a stripe source' || fail "a wrong signature is not refused"
hook "$STRIPE_SECRET" evt_9 invoice.paid '{}' 400 | grep -q '^400 it was signed 40. seconds ago' || fail "an old one is not refused"
hook "$STRIPE_SECRET" evt_9 invoice.paid '{}' -400 | grep -q '^400 .* seconds in the future' || fail "one from the future is not refused"
answer -X POST "$base/webhooks/stripe" -d '{}' | grep -q '^400 .*no Stripe-Signature' || fail "an unsigned one is not refused"
same "counted" '5 2 1 1 4' "$(for n in lines repeats dead passed refused; do metric "usher_webhook_${n}_total"; done | tr '\n' ' ' | sed 's/ $//')"
answer "$base/v1/t" -d '{"event":"X","userId":"u"}' | grep -q '^401 ' || fail "a source of Stripe lets clients in without a key"
server_stop

rows() {
  "$usher" -C "$work/space" query --csv "$1" | tail -n +2 | tr -d '\r' | tr '\n' ' '
}
same "periods and prices" 'acme,3,2025-12-01,2026-01-01 beta,3,2025-12-01,2026-01-01 ' \
  "$(rows "SELECT account, quantity::INT, period_start::DATE, period_end::DATE FROM payments_view WHERE quantity IS NOT NULL ORDER BY account")"

# An export of the same invoices adds what the webhooks did not tell, and that alone.
printf 'id,Customer ID,Amount Due,Amount Paid,Currency,Date (UTC),Paid At (UTC),Status,account (metadata)\nin_1,cus_1,90.00,90.00,usd,2025-12-01 00:00,2025-12-01 00:00,paid,acme\nin_2,cus_2,49.00,49.00,usd,2025-12-01 00:00,2025-12-01 00:00,paid,beta\nin_7,cus_2,49.00,49.00,usd,2026-01-01 00:00,2026-01-01 00:00,paid,beta\n' >"$work/invoices.csv"
"$usher" -C "$work/space" import "$work/invoices.csv" >/dev/null
same payments 'acme,in_1,paid,90 acme,ch_9,refunded,90 beta,in_2,paid,49 beta,in_7,paid,49 ' \
  "$(rows "SELECT account, payment_id, status, sum(amount)::INT FROM payments_view GROUP BY ALL ORDER BY account, status, payment_id")"
same traits 'beta,interval,month beta,plan,Team beta,quantity,4 beta,subscription_status,active ' \
  "$(rows "SELECT account, trait, value FROM account_traits_now ORDER BY ALL")"
same letters 1 "$(cell "$work/space" "SELECT count(*) FROM dead_letters WHERE reason = 'stripe.unknown_customer'")"
