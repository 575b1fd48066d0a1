"""What nobody means to send, by every dialect and as rows, until a time is over.

    poison_client.py BASE SECONDS SEED

A message or row is a good one of which now and then a value, a key or a whole object is
one of those below: no characters, half ones, numbers that no double holds, times at the end
of time, addresses of a thousand letters. Whatever is taken must be read by history and by
decisions soon after; fails when it is not, when a request is answered by none of what may
come, or when an answer is no JSON.
"""

import datetime
import http.client
import json
import os
import random
import sys
import time

base, seconds, draw = sys.argv[1].removeprefix("http://"), float(sys.argv[2]), random.Random(int(sys.argv[3]))
now = datetime.datetime.now(datetime.timezone.utc)
AT_ONCE, PATIENCE = 20, 120

TEXTS = ["", " ", "\\t", "\\u0000", "a\\u0000b", "\\ud800", "\\udfff\\ud800", "\\ud83d\\ude80", "e\\u0301", "\\u202e", "\\ufeff", "\\uffff",
         "\\u2028", "\u00a0", "长" * 90, "长" * 600, "x" * 511, "x" * 512, "x" * 513, "x" * 5000, "🚀" * 200, "'", "\\\"", "\\\\",
         "; DROP TABLE events; --", "%s%n", "{x}", "../../etc", "Ａ", "ı", "İ", "ß", "NaN", "Infinity", "-", "anonymous", "000000",
         "@", "a@", "a@b", "a@b.c", "a@xn--fiq228c.com", "a@例子.中国", "a@[127.0.0.1]", "a@.com", "a@com.", "A@EXAMPLE.COM",
         "x" * 300 + "@acme.com", "a@" + "y" * 300 + ".com", "a@" + ".".join(["z"] * 200), "1970-01-01", "0001-01-01T00:00:00Z",
         "9999-12-31T23:59:59.999999Z", "-0001-01-01", "2026-02-30T00:00:00Z", "2026-11-27T25:00:00Z", "2026-11-27T02:00:00+99:99",
         "2026-11-27T02:00:60Z", "2026年11月27日星期五 下午3:04:05", "1,234.50", "1.234,50", "€ 12", "(12)", "EUR", "monthly", "9999999 days"]
OTHERS = ["1e400", "-1e400", "1e308", "-0", "0.1e-400", "123456789012345678901234567890", "9223372036854775807", "9223372036854775808",
          "-9223372036854775809", "0", "-1", "1e18", "1764208800", "1764208800000", "1764208800.5", "-62135596800", "253402300799",
          "99999999999999", "null", "true", "false", "[]", "{}", "[[]]", "[null]", '{"a":null}', '{"":""}', '{"a.b":{"c":1}}',
          '{"k":' * 40 + "1" + "}" * 40, *("[" * n + "]" * n for n in range(56, 65))]
ODD = [f'"{x}"' for x in TEXTS] + OTHERS
KEYS = ["x", "", "a.b", "长", "q\\\"", "'", "k" * 300, "n", "email", "plan", "groupId", "$set", "ip", "\\u0000", "\\ud800", "__proto__"]


def one(prefix, count):
    return f'"{prefix}{draw.randrange(count)}"'


def when():
    return json.dumps((now - datetime.timedelta(seconds=draw.randrange(10**6))).isoformat())


def made(members, odd=0.05):
    """An object of these members, some of them not what they are here."""
    out = []
    for key, value in members.items():
        chance = draw.random()
        if chance > odd / 3:
            out.append((key, draw.choice(ODD) if chance < odd else value))
    if draw.random() < odd:
        out.append((draw.choice(KEYS), draw.choice(ODD)))
    if out and draw.random() < odd / 3:
        out.append(draw.choice(out))
    return draw.choice(ODD) if draw.random() < odd / 10 else "{" + ",".join(f'"{k}":{v}' for k, v in out) + "}"


def message():
    kind = draw.choice(["track"] * 14 + ["identify", "group", "alias", "page", "screen"])
    own = {"track": ("event", "properties"), "identify": ("anonymousId", "traits"), "group": ("groupId", "traits"),
           "alias": ("previousId",), "page": ("name", "properties"), "screen": ("name",)}[kind]
    values = {"event": one("E", 3), "name": '"Pricing"', "anonymousId": one("a", 300), "groupId": one("g", 40), "previousId": one("u", 300),
              "properties": made({"n": str(draw.randrange(100)), "kind": '"x"'}),
              "traits": made({"plan": '"pro"', "email": '"a@acme.com"'}), "context": made({"groupId": one("g", 40)}),
              "timestamp": when(), "sentAt": when(), "originalTimestamp": when()}
    also = [k for k in ("timestamp", "sentAt", "originalTimestamp", "anonymousId", "context") if draw.random() < 0.3]
    return made({"type": f'"{kind}"', "userId": one("u", 300), "messageId": one("m", 10**12)} | {k: values[k] for k in (*own, *also)})


def posthog():
    event = draw.choice([one("E", 3)] * 20 + ['"$identify"', '"$groupidentify"', '"$create_alias"', '"$pageview"', '"$set"', '"$screen"'])
    properties = made({"$groups": made({"company": one("g", 40)}), "$set": made({"plan": '"x"'}), "$anon_distinct_id": one("a", 300),
                       "$group_type": '"company"', "$group_key": one("g", 40), "$group_set": made({"plan": '"y"'}), "alias": one("u", 300)})
    return made({"event": event, "distinct_id": one("u", 300), "uuid": f'"{draw.getrandbits(128):032x}"', "properties": properties,
                 "timestamp": when()})


ROWS = {"payments": {"amount": "120", "currency": '"EUR"', "interval": '"month"', "status": '"paid"', "quantity": "3", "tax": "1",
                     "period_start": when(), "period_end": when(), "payment_id": '"p1"', "plan": '"pro"'},
        "deals": {"deal_id": '"d1"', "stage": '"won"', "stage_at": when(), "created": when(), "amount": "1000", "arr": "1200"},
        "accounts": {"plan": '"pro"', "employees": "120"}, "contacts": {"email": '"ada@acme.com"', "title": '"CTO"', "name": '"Ada"'},
        "activities": {"kind": '"call"', "direction": '"out"', "contact": '"ada@acme.com"'},
        "mqls": {"contact": '"ada@acme.com"', "source": '"webinar"'}, "companies": {"company": '"Acme"', "domain": '"acme.com"'}}


def request():
    chance = draw.random()
    if chance < 0.1:
        kind = draw.choice(list(ROWS))
        rows = [made({"account": one("g", 40), "at": when()} | ROWS[kind], 0.2) for _ in range(AT_ONCE)]
        return f"/v1/{kind}", "[" + ",".join(rows) + "]", "crm"
    if chance < 0.6:
        return "/v1/batch", made({"batch": "[" + ",".join(message() for _ in range(AT_ONCE)) + "]", "sentAt": when()}), "wk_web"
    if chance < 0.7:
        return draw.choice(("/v1/t", "/v1/i", "/v1/g", "/v1/a", "/v1/p", "/api/s/track", "/api/s/identify", "/api/s/group")), message(), "wk_web"
    return (draw.choice(("/batch/", "/i/v1/analytics/events")),
            '{"api_key":"wk_web","batch":[' + ",".join(posthog() for _ in range(AT_ONCE)) + "]}", "wk_web")


link = http.client.HTTPConnection(base, timeout=60)


def ask(method, path, text=None, key=""):
    link.request(method, path, text.encode("utf-8", "surrogatepass") if text else None, {"Authorization": f"Bearer {key}"} if key else {})
    answer = link.getresponse()
    return answer.status, answer.read()


def metric(name):
    said = ask("GET", "/metrics")[1].decode().split("\n")
    return next((float(x.split(" ")[1]) for x in said if x.startswith(f"usher_{name} ")), 0)


def read_by_all(last):
    until = time.monotonic() + PATIENCE
    while metric("history_lag_lines") or metric("decisions_lag_lines"):
        if time.monotonic() > until:
            print(ask("GET", "/readyz")[1].decode(errors="replace"))
            sys.exit(f"what was taken is not read; among: {[x[1][:3000] for x in last]}")
        time.sleep(0.02)


ends, sent, answered = time.monotonic() + seconds, 0, {}
while time.monotonic() < ends:
    last = [request() for _ in range(10)]
    for path, text, key in last:
        status, said = ask("POST", path, text, key)
        answered[status] = answered.get(status, 0) + 1
        sent += 1
        if status not in (200, 400, 413):
            sys.exit(f"{path} is answered {status}: {said[:300]}, to {text[:3000]}")
        json.loads(said or "{}")
    read_by_all(last)
for path in ("/api/v1/accounts", "/api/v1/transitions", "/api/v1/dead-letters?limit=1000", "/api/v1/queue", "/api/v1/status", "/readyz"):
    json.loads(ask("GET", path)[1])
if not answered.get(200) or metric("lines_total") < sent:
    sys.exit(f"nothing is taken: {answered}")
print(sent, "requests,", answered, f"{metric('lines_total'):.0f} lines, {metric('transitions_total'):.0f} transitions")
