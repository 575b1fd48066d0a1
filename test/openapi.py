#!/usr/bin/env python3
"""Ask a running server every path of docs/openapi.yaml and hold the answers against it.

    test/openapi.py SPECIFICATION BASE [TOKEN]

Each path must be answered at least once with a status that is a success and, where it
lists 4xx, with one of those; each answer must be of a status, a type and a shape that the
specification has. Routes come from the specification, so that src/server's tables are
held against it by --routes (prints METHOD PATH lines).
"""

import json
import sys
import time
import urllib.error
import urllib.request

import jsonschema
import yaml

TRACK = {"type": "track", "event": "Invite Sent", "userId": "u1", "anonymousId": "a1",
         "groupId": "acme", "previousId": "a0", "name": "n", "messageId": "m",
         "context": {"groupId": "acme"}}
KEY = {"X-Write-Key": "wk_web"}
CRM = {"X-Write-Key": "crm_secret"}
ROWS = {
    "payments": {"account": "acme", "at": "2026-01-02", "amount": 5},
    "deals": {"deal_id": "d", "account": "acme", "stage": "new", "stage_at": "2026-01-02"},
    "activities": {"account": "acme", "at": "2026-01-02", "kind": "call"},
    "contacts": {"email": "a@b.example", "account": "acme"},
    "companies": {"company": "c", "account": "acme", "at": "2026-01-02"},
    "accounts": {"account": "acme", "plan": "pro", "hue": 1},
    "mqls": {"contact": "a@b.example", "account": "acme", "at": "2026-01-02"},
}
HOG = {"event": "Hog", "distinct_id": "u3", "uuid": "018f0000-0000-7000-8000-00000000000%d"}

STUDY = "/api/v1/studies/{study}"


def one_that_waits(base, headers):
    """The path of a study behind others."""
    for _ in range(20):
        _, _, text = answer(base, "post", "/api/v1/studies", headers, {"kind": "assess"})
    return "/api/v1/studies/%d" % json.loads(text)["id"]


def when_studies_are_over(base, headers):
    """A configuration is not read anew while one reads."""
    for _ in range(600):
        _, _, text = answer(base, "get", "/api/v1/studies", headers, None)
        if not any(s["state"] in ("queued", "running") for s in json.loads(text)["studies"]):
            break
        time.sleep(0.1)
    return "/api/v1/config/reload"


# By path and method: (path, body) of good requests, then of bad ones.
ASKED = {
    ("/api/v1/studies", "post"): ([("/api/v1/studies", {"kind": "power"}),
                                   ("/api/v1/studies", {"kind": "firings"})],
                                  [("/api/v1/studies", {"kind": "x"}), ("/api/v1/studies", b"[")]),
    ("/api/v1/studies", "get"): ([("/api/v1/studies?limit=1", None)], [("/api/v1/studies?after=7", None)]),
    ("/api/v1/dead-letters/replay", "post"): ([("/api/v1/dead-letters/replay", {"limit": 10}),
                                               ("/api/v1/dead-letters/replay", {"limit": 1}),
                                               ("/api/v1/dead-letters/replay", {"after": 7}),
                                               ("/api/v1/dead-letters/replay", {"seqs": [1, 2]})],
                                              [("/api/v1/dead-letters/replay", {"seqs": []}),
                                               ("/api/v1/dead-letters/replay", {"after": -1}),
                                               ("/api/v1/dead-letters/replay", b"x")]),
    ("/api/v1/config", "get"): ([("/api/v1/config", None)], []),
    ("/api/v1/config/check", "post"): ([("/api/v1/config/check", b""),
                                        ("/api/v1/config/check", b"account: {unit: workspace}"),
                                        ("/api/v1/config/check", b"account: [")], []),
    ("/api/v1/config/reload", "post"): ([(when_studies_are_over, b"")], []),
    (STUDY, "get"): ([("/api/v1/studies/1", None)], [("/api/v1/studies/99", None)]),
    (STUDY, "delete"): ([(one_that_waits, None)],
                        [("/api/v1/studies/1", None), ("/api/v1/studies/x", None)]),
    (STUDY + "/result", "get"): ([("/api/v1/studies/1/result", None)], [("/api/v1/studies/99/result", None)]),
}


def asked(path, method, token):
    """(path, headers, body) of requests, good ones and bad."""
    bearer = {"Authorization": "Bearer " + token} if token else {}
    if path.startswith("/api/v1/") and (path, method) in ASKED:
        good, bad = ASKED[path, method]
        for real, body in good + bad:
            yield real, bearer, body
        first = path.replace("{study}", "1") if callable(good[0][0]) else good[0][0]
        yield first, {"Authorization": "Bearer usher_none"}, good[0][1]
    elif path.startswith("/api/v1/"):
        real = path.replace("{account}", "acme")
        yield real, bearer, None
        yield real, {"Authorization": "Bearer usher_none"}, None
        if "{account}" in path:
            yield path.replace("{account}", "nobody"), bearer, None
        yield real + "?limit=x&after=x&at=x", bearer, None
        yield real + "?definition=none&signal=none", bearer, None
        if path.endswith(("transitions", "queue", "dead-letters", "values")):
            yield real + "?limit=1", bearer, None
    elif path.startswith("/v1/") and path[4:] in ROWS:
        row = ROWS[path[4:]]
        yield path, CRM, [row]
        yield path, CRM, [row, {"hue": 1}]
        yield path, CRM, [{"hue": 1}]
        yield path, CRM, b"{"
        yield path, {}, row
    elif path == "/batch":
        yield path, {}, {"api_key": "wk_web", "batch": [dict(HOG, uuid=HOG["uuid"] % 1)]}
        yield path, {}, {"api_key": "none", "batch": []}
    elif path == "/i/v1/analytics/events":
        bearer = {"Authorization": "Bearer wk_web"}
        yield path, bearer, {"batch": [dict(HOG, uuid=HOG["uuid"] % 2), {"uuid": HOG["uuid"] % 3}]}
        yield path, {}, {"batch": []}
    elif path == "/webhooks/stripe":
        yield path, {"Stripe-Signature": "t=1,v1=0"}, {}
    elif method == "post":
        real = path.replace("{call}", "track")
        message = dict(TRACK, messageId="m" + path)
        yield real, KEY, {"batch": [message, {"type": "track"}]} if path in ("/v1/batch", "/v1/b") else message
        yield real, KEY, b"{"
        yield real, {"X-Write-Key": "none"}, message
    else:
        yield path.replace("{key}", "wk_web"), {}, None


def answer(base, method, path, headers, body):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method.upper())
    try:
        got = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as refused:
        got = refused
    kind = (got.headers.get("Content-Type") or "").split(";")[0]
    text = got.readline() if kind == "text/event-stream" else got.read()
    return got.status, kind, text


def wrong_of(spec, responses, status, kind, text):
    said = responses.get(str(status))
    if said is None:
        return "status %d is not in the specification: %r" % (status, text[:300])
    content = said.get("content", {})
    if kind not in content:
        return "%d as %r, not %s" % (status, kind, sorted(content))
    schema = dict(content[kind]["schema"], components=spec["components"])
    value = json.loads(text) if kind.endswith("json") and "ndjson" not in kind else text.decode()
    for wrong in jsonschema.Draft202012Validator(schema).iter_errors(value):
        return "%d: %s: %s" % (status, "/".join(map(str, wrong.path)), wrong.message[:300])
    return None


def main():
    spec = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
    if sys.argv[2] == "--routes":
        for path, methods in sorted(spec["paths"].items()):
            for method in methods:
                print(method.upper(), path)
        return
    base, token = sys.argv[2], (sys.argv + [""])[3]
    wrong, count = [], 0
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            seen = set()
            for real, headers, body in asked(path, method, token):
                real = real(base, headers) if callable(real) else real
                status, kind, text = answer(base, method, real, headers, body)
                seen.add(status // 100)
                count += 1
                why = wrong_of(spec, operation["responses"], status, kind, text)
                if why:
                    wrong.append("%s %s: %s" % (method.upper(), real, why))
            refuses = any(code[0] == "4" for code in operation["responses"])
            if path != "/webhooks/stripe" and 2 not in seen:
                wrong.append("%s: no answer is good" % path)
            if refuses and 4 not in seen:
                wrong.append("%s: nothing was refused" % path)
    print("%d answers of %d paths" % (count, len(spec["paths"])))
    if wrong:
        sys.exit("\n".join(wrong))


main()
