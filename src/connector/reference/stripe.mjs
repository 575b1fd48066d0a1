// stripe.mjs: webhooks as Stripe signs them, for stripe_test.c.
//
//   npm install stripe@23.1.0
//   node stripe.mjs > ../stripe_reference.inc
//
// The headers are made by stripe-node's generateTestHeaderString and held against its
// own verification before they are printed. The events are ours, in the shapes of API
// 2026-10-28.endive (as in the types of that package) and of 2024-06-20.
import Stripe from "stripe";

const stripe = new Stripe("sk_test_none");
const NOW = 1795651200; // 2026-11-26T00:00:00Z
const OLD = "2024-06-20", NEW = "2026-10-28.endive";
const secret = "whsec_made_up_for_tests";
const other = "whsec_" + "longer_than_a_block_of_sha256_".repeat(3);

const event = (type, object, more = {}) => JSON.stringify({
  id: "evt_" + type.replaceAll(".", "_"), object: "event", api_version: NEW,
  created: NOW - 60, livemode: true, type, pending_webhooks: 1,
  request: { id: null, idempotency_key: null }, data: { object }, ...more,
});
const list = (...data) => ({ object: "list", data, has_more: false });

const invoice = {
  id: "in_1Pabc", object: "invoice", currency: "usd", customer: "cus_42",
  customer_email: "ada@mail.acme.co.uk", collection_method: "charge_automatically",
  amount_due: 5950, amount_paid: 5950, total: 5950, status: "paid", metadata: {},
  total_taxes: [{ amount: 900, type: "tax_rate_details" }, { amount: 50, type: "tax_rate_details" }],
  parent: { type: "subscription_details", quote_details: null,
    subscription_details: { metadata: { workspace_id: "ws_7" }, subscription: "sub_9" } },
  status_transitions: { finalized_at: NOW - 3000, paid_at: NOW - 2000 },
  period_start: NOW - 86400 * 31, period_end: NOW,
  lines: list(
    { id: "il_1", object: "line_item", amount: -500, quantity: 3,
      period: { start: NOW - 864000, end: NOW },
      pricing: { type: "price_details", price_details: { price: "price_1", product: "prod_old" } } },
    { id: "il_2", object: "line_item", amount: 5500, quantity: 5,
      period: { start: NOW, end: NOW + 86400 * 30 },
      pricing: { type: "price_details", price_details: { price: "price_2", product: "prod_team" } } }),
};
const old_invoice = {
  id: "in_1Old", object: "invoice", currency: "jpy", customer: { id: "cus_43", object: "customer" },
  collection_method: "send_invoice", amount_due: 120000, amount_paid: 120000, tax: 10909,
  customer_email: null, metadata: { account: " acct 3 ", channel: "sales" },
  subscription_details: { metadata: { account: "not this one" } },
  status_transitions: { paid_at: NOW - 100 },
  lines: list({ amount: 120000, quantity: 1, period: { start: NOW - 100, end: NOW + 86400 * 365 },
    price: { id: "price_9", nickname: "Business", lookup_key: null, product: "prod_9",
      recurring: { interval: "year", interval_count: 1 } } }),
};
const charge = {
  id: "ch_1", object: "charge", amount: 2000, amount_captured: 2000, amount_refunded: 0,
  captured: true, currency: "eur", customer: "cus_44", metadata: { account_id: "a1" },
  payment_intent: "pi_1", payment_method_details: { type: "sepa_debit" },
};
const checkout = {
  id: "cs_1", object: "checkout.session", amount_total: 1234567, currency: "kwd", mode: "payment",
  payment_status: "paid", payment_intent: "pi_5", invoice: null, customer: null,
  client_reference_id: "ws_8", customer_details: { email: "x@gmail.com" }, metadata: {},
  total_details: { amount_tax: 70 },
};
const dispute = {
  id: "du_1", object: "dispute", amount: 2000, charge: "ch_1", currency: "eur",
  status: "needs_response", metadata: { account: "a1" },
};
const subscription = {
  id: "sub_1", object: "subscription", customer: "cus_42", status: "active", metadata: {},
  items: list({ id: "si_1", quantity: 12, price: { id: "price_3", lookup_key: "team_quarter",
    nickname: "Team", product: "prod_team", recurring: { interval: "month", interval_count: 3 } } }),
};

const bodies = {
  invoice_paid: event("invoice.paid", invoice),
  invoice_succeeded: event("invoice.payment_succeeded", invoice),
  invoice_old: event("invoice.paid", old_invoice, { api_version: OLD }),
  invoice_nothing: event("invoice.paid", { ...invoice, amount_paid: 0 }),
  invoice_failed: event("invoice.payment_failed", invoice),
  invoice_by_mail: event("invoice.paid", { ...invoice, parent: null, customer: "cus_9" }),
  invoice_nobody: event("invoice.paid", { ...invoice, parent: null, customer: "cus_9", customer_email: "x@gmail.com" }),
  invoice_no_amount: event("invoice.paid", { ...invoice, amount_paid: "5950" }),
  charge_old: event("charge.succeeded", { ...charge, invoice: null }, { api_version: OLD }),
  charge_of_invoice: event("charge.succeeded", { ...charge, invoice: "in_1" }, { api_version: OLD }),
  charge_held: event("charge.succeeded", { ...charge, invoice: null, captured: false }, { api_version: OLD }),
  charge_new: event("charge.succeeded", charge),
  charge_failed: event("charge.failed", { ...charge, invoice: null }, { api_version: OLD }),
  refund_part: event("charge.refunded", { ...charge, amount_refunded: 500 }),
  refund_all: event("charge.refunded", { ...charge, amount_refunded: 2000 }),
  checkout: event("checkout.session.completed", checkout),
  checkout_later: event("checkout.session.completed", { ...checkout, payment_status: "unpaid" }),
  checkout_subscription: event("checkout.session.completed", { ...checkout, mode: "subscription", invoice: "in_1" }),
  checkout_old: event("checkout.session.completed", checkout, { api_version: OLD }),
  disputed: event("charge.dispute.created", dispute),
  withdrawn: event("charge.dispute.funds_withdrawn", { ...dispute, status: "under_review" }),
  inquiry: event("charge.dispute.created", { ...dispute, status: "warning_needs_response" }),
  reinstated: event("charge.dispute.funds_reinstated", { ...dispute, status: "won" }),
  subscribed: event("customer.subscription.updated", subscription),
  ended: event("customer.subscription.deleted", { ...subscription, status: "canceled" }),
  unknown_type: event("radar.early_fraud_warning.created", { id: "issfr_1" }),
  test_mode: event("invoice.paid", invoice, { livemode: false }),
  thin: JSON.stringify({ id: "evt_thin", object: "v2.core.event", type: "v2.core.event_destination.ping", created: "2026-11-26T00:00:00.000Z", livemode: true }),
  no_event: JSON.stringify({ hello: "world" }),
  // Signed as it came: what is parsed and written again is another text.
  spaced: '{ "id" : "evt_\\u00e9\\/", "object":"event",\n "type":"ping", "created":1795651000, "livemode":true, "data":{"object":{"名":"甲 é"}}}\n',
  not_json: "payload=%7B%22a%22%3A1%7D",
};

const quote = (s) => '"' + [...Buffer.from(s)].map((b) =>
  b === 34 || b === 92 ? "\\" + String.fromCharCode(b)
    : b >= 32 && b < 127 ? String.fromCharCode(b)
      : "\\" + b.toString(8).padStart(3, "0")).join("") + '"';
const wrapped = (s) => {
  const parts = [];
  for (let i = 0; i < s.length; i += 400) parts.push(s.slice(i, i + 400));
  return parts.map(quote).join("\n     ");
};

console.log("/* Made by reference/stripe.mjs with stripe-node 23.1.0; do not edit. */");
console.log(`#define STRIPE_NOW ${NOW}`);
console.log(`#define STRIPE_SECRET ${quote(secret)}`);
console.log(`#define STRIPE_OTHER ${quote(other)}`);
console.log("static const struct vector {\n    const char *name, *header, *other, *body;\n} vectors[] = {");
for (const [name, payload] of Object.entries(bodies)) {
  const sign = (key) => stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp: NOW });
  const header = sign(secret);
  if (!["thin", "not_json"].includes(name))
    stripe.webhooks.constructEvent(payload, header, secret, 300, undefined, NOW * 1000);
  console.log(`    {${quote(name)},\n     ${quote(header)},\n     ${quote(sign(other))},\n     ${wrapped(payload)}},`);
}
console.log("};");
