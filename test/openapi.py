#!/usr/bin/env python3
"""Ask a running server every path of docs/openapi.yaml and hold the answers against it.

    test/openapi.py SPECIFICATION BASE TOKEN READER CONFIGURATION

TOKEN may all, READER only read; CONFIGURATION is the server's usher.yml, which is written
and put back. Each answer must be of a status, a type and a shape that the specification
has, and each status that it has must be met, but for those that need a server that is full
or broken (NOT_MET). Routes come from the specification, so that src/server's tables are held
against it by --routes (prints METHOD PATH lines).
"""

import http.client

import json
import os
import sys
import time
import urllib.error
import urllib.parse
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
STUDIES_WAITING_MAX = 64
READERS_MAX = 256
NOT_WHOLE = b"\x1f\x8b\x08"  # of gzip

# Statuses of any path, and those of one, that a sound server does not give here.
NOT_MET = {"429", "503"}
NOT_MET_AT = {
    ("/api/v1/dead-letters/replay", "post"): {"404"},  # history is not open yet
    ("/webhooks/stripe", "post"): {"200", "404"},  # signed events; no such source
}
configuration = None  # path and text


def one_that_waits(base, headers):
    """The path of a study behind others."""
    for _ in range(20):
        _, _, text = answer(base, "post", "/api/v1/studies", headers, {"kind": "assess"})
    return "/api/v1/studies/%d" % json.loads(text)["id"]


def result_of_one_that_waits(base, headers):
    return one_that_waits(base, headers) + "/result"


def configured(text):
    """The reload of another configuration."""
    def path(base, headers):
        with open(configuration[0], "w", encoding="utf-8") as out:
            out.write(text(configuration[1]))
        return when_studies_are_over(base, headers)
    return path


def without_file(_base, _headers):
    os.unlink(configuration[0])
    return "/api/v1/config/check"


def with_file(_base, _headers):
    with open(configuration[0], "w", encoding="utf-8") as out:
        out.write(configuration[1])
    return "/api/v1/config/check"


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
                                        ("/api/v1/config/check", b"account: [")],
                                       [(without_file, b""), (with_file, b"")]),
    ("/api/v1/config/reload", "post"): ([(configured(lambda old: old), b"")],
                                        [(configured(lambda old: old + "nonsense: 1\n"), b""),
                                         (configured(lambda old: old.replace("unit: workspace", "unit: company")), b""),
                                         (configured(lambda old: old), b"")]),
    (STUDY, "get"): ([("/api/v1/studies/1", None)], [("/api/v1/studies/99", None)]),
    (STUDY, "delete"): ([(one_that_waits, None)],
                        [("/api/v1/studies/1", None), ("/api/v1/studies/x", None)]),
    (STUDY + "/result", "get"): ([("/api/v1/studies/1/result", None)],
                                 [("/api/v1/studies/99/result", None), (result_of_one_that_waits, None)]),
}


def asked(path, method, token, reader):
    """(path, headers, body) of requests, good ones and bad."""
    bearer = {"Authorization": "Bearer " + token}
    if "{" in path and method != "post":
        bad = path.replace("{account}", "50%").replace("{study}", "%zz").replace("{key}", "%00")
        yield bad, bearer, None
    if path.startswith("/api/v1/") and (path, method) in ASKED:
        good, bad = ASKED[path, method]
        for real, body in good + bad:
            yield real, bearer, body
        first = path.replace("{study}", "1") if callable(good[0][0]) else good[0][0]
        yield first, {"Authorization": "Bearer usher_none"}, good[0][1]
        yield first, {"Authorization": "Bearer " + reader}, good[0][1]
        if method == "post":
            yield first, bearer, NOT_WHOLE
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
        yield path, KEY, b"{"
    elif path == "/i/v1/analytics/events":
        bearer = {"Authorization": "Bearer wk_web"}
        yield path, bearer, {"batch": [dict(HOG, uuid=HOG["uuid"] % 2), {"uuid": HOG["uuid"] % 3}]}
        yield path, {}, {"batch": []}
        yield path, bearer, b"{"
    elif path == "/webhooks/stripe":
        yield path, {"Stripe-Signature": "t=1,v1=0"}, {}
    elif method == "post":
        real = path.replace("{call}", "track")
        message = dict(TRACK, messageId="m" + path)
        yield real, KEY, {"batch": [message, {"type": "track"}]} if path in ("/v1/batch", "/v1/b") else message
        yield real, KEY, b"{"
        yield real, KEY, NOT_WHOLE
        yield real, {"X-Write-Key": "none"}, message
    else:
        yield path.replace("{key}", "wk_web"), {}, None


def answer(base, method, path, headers, body, seen=None):
    """Status, type and text; seen is told the headers."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method.upper())
    try:
        got = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as refused:
        got = refused
    if seen is not None:
        seen.update(got.headers)
    kind = (got.headers.get("Content-Type") or "").split(";")[0]
    text = got.readline() if kind == "text/event-stream" else got.read()
    return got.status, kind, text


def large(base, method, path, headers):
    """What announces more than any body may have is told before it is sent."""
    at = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=10)
    at.putrequest(method.upper(), path)
    for name, value in dict(headers, Expect="100-continue", **{"Content-Length": "99999999"}).items():
        at.putheader(name, value)
    at.endheaders()
    got = at.getresponse()
    told = got.status, (got.getheader("Content-Type") or "").split(";")[0], got.read()
    at.close()
    return told


def full(base, bearer):
    """(path, method, answer) of what is asked once more than may be."""
    for _ in range(STUDIES_WAITING_MAX + 8):
        told = answer(base, "post", "/api/v1/studies", bearer, {"kind": "assess"})
        if told[0] != 202:
            break
    yield "/api/v1/studies", "post", told
    readers = []
    request = urllib.request.Request(base + "/api/v1/stream", headers=bearer)
    try:  # some of before may still be counted
        while len(readers) <= READERS_MAX:
            readers.append(urllib.request.urlopen(request, timeout=10))
    except urllib.error.HTTPError as refused:
        yield "/api/v1/stream", "get", (refused.status, refused.headers.get("Content-Type"), refused.read())
    for reader in readers:
        reader.close()


def wrong_of(spec, responses, status, kind, text):
    said = responses.get(str(status))
    if said is None:
        return "status %d is not in the specification: %r" % (status, text[:300])
    content = said.get("content", {"": None})
    if kind not in content:
        return "%d as %r, not %s" % (status, kind, sorted(content))
    if not kind:
        return "%d with a body: %r" % (status, text[:300]) if text else None
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
    global configuration
    base, token, reader = sys.argv[2:5]
    configuration = sys.argv[5], open(sys.argv[5], encoding="utf-8").read()
    bearer = {"Authorization": "Bearer " + token}
    wrong, count, met = [], 0, {}

    def hold(path, method, real, told):
        met.setdefault((path, method), set()).add(str(told[0]))
        why = wrong_of(spec, spec["paths"][path][method]["responses"], *told)
        if why:
            wrong.append("%s %s: %s" % (method.upper(), real, why))
        return 1

    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            for real, headers, body in asked(path, method, token, reader):
                real = real(base, headers) if callable(real) else real
                seen = {}
                count += hold(path, method, real, answer(base, method, real, headers, body, seen))
                if method == "get" and "ETag" in seen:
                    headers = dict(headers, **{"If-None-Match": seen["ETag"]})
                    count += hold(path, method, real, answer(base, method, real, headers, body))
            if "413" in operation["responses"]:
                real = path.replace("{account}", "acme").replace("{call}", "track")
                count += hold(path, method, real, large(base, method, real, dict(bearer, **KEY)))
    for path, method, told in full(base, bearer):
        count += hold(path, method, path, told)
    if "429" not in met["/api/v1/studies", "post"]:
        wrong.append("studies wait without an end")
    if "503" not in met["/api/v1/stream", "get"]:
        wrong.append("streams have readers without an end")
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            left = set(operation["responses"]) - met[path, method] - NOT_MET
            left -= NOT_MET_AT.get((path, method), set())
            if method == "get" and not path.startswith("/api/v1/config"):
                left -= {"403"}  # every token may read
            if left:
                wrong.append("%s %s: never answered %s" % (method.upper(), path, ", ".join(sorted(left))))
    print("%d answers of %d paths" % (count, len(spec["paths"])))
    if wrong:
        sys.exit("\n".join(wrong))


main()
