// One of the vendors' clients sends a few of each call, as its own documentation shows.
//
//   CLIENTS=folder-with-node_modules node send.mjs CLIENT ADDRESS KEY
//
// Prints what it was told to send, a line of JSON each, in words of history:
//   {call, event?, user?, anonymous?, group?, properties?, traits?, at}
// at is milliseconds of the true clock, at which history should have it. CLOCK_AHEAD_MS puts
// the client's own clock wrong by so much, which what it sends must be corrected for.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [client, address, key] = process.argv.slice(2);
const require = createRequire(pathToFileURL(process.env.CLIENTS + "/"));
const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const True = Date;

if (ahead) {
  globalThis.Date = class extends True {
    constructor(...given) {
      if (given.length) super(...given);
      else super(True.now() + ahead);
    }
    static now() {
      return True.now() + ahead;
    }
  };
}

const tell = (what) => console.log(JSON.stringify({ at: True.now(), ...what }));
// A moment of last week as the client sees it, and as it was.
const past = (hours) => {
  const at = Math.floor(True.now() / 1000) * 1000 - hours * 3600000;
  return { given: new True(at + ahead), at };
};
const seats = { resource: "seats", amount: 12.5, nested: { deep: [1, "zwei", null] }, "ключ": "值" };

// Segment's calls, which four of the clients share.
// `timed` names what the client takes for the moment at which something happened.
async function segment_like(a, { flush, timed = "timestamp" }) {
  const old = past(50);
  a.identify({ userId: "u1", traits: { email: "ada@norvik.example", role: "admin" } });
  tell({ call: "identify", user: "u1", traits: { email: "ada@norvik.example", role: "admin" } });
  a.group({ userId: "u1", groupId: "acme", traits: { plan: "pro", employees: 40 } });
  tell({ call: "group", user: "u1", group: "acme", traits: { plan: "pro", employees: 40 } });
  a.track({ userId: "u1", event: "Limit Reached", properties: seats, context: { groupId: "acme" } });
  tell({ call: "track", event: "Limit Reached", user: "u1", group: "acme", properties: seats });
  a.track({ userId: "u1", event: "Imported Late", properties: { n: 1 }, [timed]: old.given });
  tell({ call: "track", event: "Imported Late", user: "u1", properties: { n: 1 }, at: old.at });
  a.track({ anonymousId: "anon-7", event: "Looked Around", properties: {} });
  tell({ call: "track", event: "Looked Around", anonymous: "anon-7", properties: {} });
  a.page({ userId: "u1", name: "Pricing", properties: { path: "/pricing" } });
  tell({ call: "page", event: "Page Viewed", user: "u1", properties: { path: "/pricing" } });
  for (let i = 0; i < 30; i++) {
    a.track({ userId: `user-${i}`, event: "Bulk", properties: { i } });
    tell({ call: "track", event: "Bulk", user: `user-${i}`, properties: { i } });
  }
  a.alias({ userId: "u9", previousId: "anon-7" });
  tell({ call: "alias", user: "u9" });
  await flush(a);
}

async function posthog() {
  const { PostHog } = require("posthog-node");
  const a = new PostHog(key, { host: address, flushAt: 10 });
  const old = past(50);
  a.identify({ distinctId: "u1", properties: { email: "ada@norvik.example" } });
  tell({ call: "identify", user: "u1", traits: { email: "ada@norvik.example" } });
  a.groupIdentify({ groupType: "company", groupKey: "acme", properties: { plan: "pro" } });
  tell({ call: "group", group: "acme", traits: { plan: "pro" } });
  a.capture({ distinctId: "u1", event: "Limit Reached", properties: seats, groups: { company: "acme" } });
  tell({ call: "track", event: "Limit Reached", user: "u1", group: "acme", properties: seats });
  a.capture({ distinctId: "u1", event: "Imported Late", properties: { n: 1 }, timestamp: old.given });
  tell({ call: "track", event: "Imported Late", user: "u1", properties: { n: 1 }, at: old.at });
  for (let i = 0; i < 30; i++) {
    a.capture({ distinctId: `user-${i}`, event: "Bulk", properties: { i } });
    tell({ call: "track", event: "Bulk", user: `user-${i}`, properties: { i } });
  }
  await a.shutdown();
}

async function jitsu({ s2s = false } = {}) {
  const { jitsuAnalytics } = require("@jitsu/js");
  const a = jitsuAnalytics({ host: address, writeKey: `${key}:secret`, fetch, s2s });
  const sent = [];
  sent.push(await a.identify("u1", { email: "ada@norvik.example" }));
  tell({ call: "identify", user: "u1", traits: { email: "ada@norvik.example" } });
  sent.push(await a.group("acme", { plan: "pro" }));
  tell({ call: "group", user: "u1", group: "acme", traits: { plan: "pro" } });
  sent.push(await a.track("Limit Reached", seats));
  tell({ call: "track", event: "Limit Reached", user: "u1", group: "acme", properties: seats });
  for (let i = 0; i < 10; i++) {
    sent.push(await a.track("Bulk", { i }));
    tell({ call: "track", event: "Bulk", user: "u1", group: "acme", properties: { i } });
  }
}

// The newest of Segment's for browsers, in Chromium, on a page of another origin.
async function next() {
  const { chromium } = require("playwright-core");
  const { readFileSync } = await import("node:fs");
  const { createServer } = await import("node:http");
  const script = readFileSync(process.env.CLIENTS + "/node_modules/@segment/analytics-next/dist/umd/index.js");
  const site = createServer((request, answer) => {
    answer.setHeader("Content-Type", request.url === "/a.js" ? "text/javascript" : "text/html");
    answer.end(request.url === "/a.js" ? script : "<!doctype html><title>Pricing</title><script src=/a.js></script>");
  });
  await new Promise((done) => site.listen(0, "127.0.0.1", done));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  page.on("pageerror", (e) => console.error("page:", e.message));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  const run = async (batching) => {
    await page.evaluate(
      async ({ address, key, batching, seats }) => {
        const { AnalyticsBrowser } = window.AnalyticsNext ?? window;
        const [a] = await AnalyticsBrowser.load(
          { writeKey: key, cdnURL: address },
          {
            integrations: {
              "Segment.io": {
                apiHost: address.replace("http://", "") + "/v1", protocol: "http",
                ...(batching ? { deliveryStrategy: { strategy: "batching", config: { size: 4, timeout: 500 } } } : {}),
              },
            },
          },
        );
        await a.identify("u1", { email: "ada@norvik.example" });
        await a.group("acme", { plan: "pro" });
        await a.track("Limit Reached", seats, { context: { groupId: "acme" } });
        await a.page("Pricing", { path: "/pricing" });
        for (let i = 0; i < 10; i++) await a.track("Bulk", { i });
        await new Promise((done) => setTimeout(done, 1500));
      },
      { address, key, batching, seats },
    );
    tell({ call: "identify", user: "u1", traits: { email: "ada@norvik.example" } });
    tell({ call: "group", user: "u1", group: "acme", traits: { plan: "pro" } });
    tell({ call: "track", event: "Limit Reached", user: "u1", group: "acme", properties: seats });
    tell({ call: "page", event: "Page Viewed", user: "u1", properties: { path: "/pricing" } });
    for (let i = 0; i < 10; i++) tell({ call: "track", event: "Bulk", user: "u1", properties: { i } });
  };
  await run(false);
  await run(true);
  await browser.close();
  site.close();
}

const clients = {
  async segment_node() {
    const { Analytics } = require("@segment/analytics-node");
    const a = new Analytics({ writeKey: key, host: address, flushAt: 15 });
    a.on("error", (e) => console.error("segment-node:", e.code));
    await segment_like(a, { flush: () => a.closeAndFlush() });
  },
  async analytics_node() {
    const Analytics = require("analytics-node");
    const a = new Analytics(key, { host: address, flushAt: 20 });
    await segment_like(a, { flush: () => a.flush() });
    await new Promise((done) => setTimeout(done, 500)); // the first went alone, unawaited
  },
  async rudder_node() {
    const Rudder = require("@rudderstack/rudder-sdk-node");
    const a = new (Rudder.default ?? Rudder)(key, { dataPlaneUrl: address, flushAt: 20 });
    await segment_like(a, { flush: () => a.flush(), timed: "originalTimestamp" });
    await new Promise((done) => setTimeout(done, 500));
  },
  posthog,
  posthog_v1: posthog,
  jitsu,
  jitsu_s2s: () => jitsu({ s2s: true }),
  next,
};

await clients[client]();
process.exit(0);
