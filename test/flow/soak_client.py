"""A mixed load on a server, as many kinds of it as there are, for as long as is asked.

    soak_client.py BASE ACKED SECONDS PID SAMPLES [FROM]

Four senders by every dialect, whole and gzip, one message and many, with bad messages and
broken bodies among them, people who get names, join workspaces and are merged; two
listeners to the stream that come and go; two readers of the API. Workspaces and their
people make room for others all the time, with stragglers, as an account that grows for as
long as it lasts would have ever larger answers; the first are number FROM. What a 200 answered is a line of ACKED, and
what was refused by 429 or 503 is sent again until it is not. Once a second the memory of
the process PID that is no file's, its files and threads, and what of that memory ids, the
database and the evaluator say they have, are a line of SAMPLES. Prints how much there was
of each; fails when an answer is none that may come, a thread of its own ends early, or one
of them had nothing to do.
"""

import collections
import gzip
import http.client
import json
import os
import random
import sys
import threading
import time

base, acked_file, seconds, pid, samples = sys.argv[1].removeprefix("http://"), sys.argv[2], float(sys.argv[3]), sys.argv[4], sys.argv[5]
first = int(sys.argv[6]) if len(sys.argv) > 6 else 0
began = time.monotonic()
ends, lasts = began + seconds, max(8, min(120, seconds / 4))
acked = os.open(acked_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
counts, lock, wrong = collections.Counter(), threading.Lock(), []
USERS, GROUPS, NAMELESS = 2000, 200, 400


def count(what, n=1):
    with lock:
        counts[what] += n


def over():
    return wrong or time.monotonic() > ends


def fails(what):
    wrong.append(what)


# ---- messages ----


def who(draw):
    """(user, group, nameless) of those who are there now, or now and then of those before."""
    turn = first + int((time.monotonic() - began) / lasts)
    turn -= turn > first and draw.random() < 0.05
    user = draw.randrange(USERS)
    return f"u{turn}-{user}", f"g{turn}-{user % GROUPS}", f"a{turn}-{user % NAMELESS}"


def track(draw, i):
    message = {"type": "track", "event": f"E{draw.randrange(6)}", "messageId": i, "context": {},
               "properties": {"n": draw.randrange(100), "text": "长" * draw.randrange(40)}}
    user, group, nameless = who(draw)
    if draw.random() < 0.9:
        message["userId"] = user
        message["context"]["groupId"] = group
    else:
        message["anonymousId"] = nameless
    if draw.random() < 0.05:
        message["timestamp"] = f"2026-{draw.randrange(1, 11):02}-{draw.randrange(1, 28):02}T10:00:00Z"
    return message


def message_of(draw, i):
    kind = draw.randrange(1000)
    user, group, nameless = who(draw)
    if kind < 2:
        return {"type": "identify", "userId": user, "anonymousId": nameless, "messageId": i,
                "traits": {"role": draw.choice(("admin", "member")), "email": f"{user}@example.com"}}
    if kind < 4:
        return {"type": "group", "userId": user, "groupId": group, "messageId": i,
                "traits": {"plan": draw.choice(("free", "pro"))}}
    if kind < 5:
        return {"type": "alias", "userId": user, "previousId": f"old-{user}", "messageId": i}
    if kind < 20:
        return {"type": "page", "name": "Pricing", "anonymousId": nameless, "messageId": i}
    return track(draw, i)


def segment(draw, ids):
    batch = [message_of(draw, i) for i in ids]
    if draw.random() < 0.1:  # one that nobody can understand harms no other
        batch.insert(draw.randrange(len(batch)), {"type": "track", "userId": "u1", "messageId": "bad"})
    return "/v1/batch", {"batch": batch}


def single(draw, ids):
    del ids[1:]
    message = track(draw, ids[0])
    del message["type"]
    return draw.choice(("/v1/t", "/v1/track/")), message


def posthog(draw, ids):
    people = [(i, *who(draw)[:2]) for i in ids]
    for k in range(1, len(ids)):
        if draw.random() < 0.02:  # some help another company
            people[k] = (*people[k][:2], people[k - 1][2])
    batch = [{"event": f"E{draw.randrange(6)}", "uuid": i, "distinct_id": user,
              "properties": {"n": 1, "$groups": {"company": group}}} for i, user, group in people]
    return draw.choice(("/batch/", "/i/v1/analytics/events")), {"api_key": "wk_web", "batch": batch}


def jitsu(draw, ids):
    del ids[1:]
    return "/api/s/track", track(draw, ids[0])


# ---- threads ----


def sender(number):
    draw, link, sent = random.Random(f"{first} {number}"), None, 0
    while not over():
        ids = [f"{number:08x}-0000-7000-{0x8000 + first:04x}-{sent * 1000 + k:012x}" for k in range(draw.choice((1, 1, 5, 20, 100)))]
        sent += 1
        path, body = draw.choice((segment, segment, single, posthog, jitsu))(draw, ids)
        data = json.dumps(body, ensure_ascii=False).encode()
        if draw.random() < 0.3:
            data = gzip.compress(data, 1)
        broken = draw.random() < 0.01
        if broken:
            data, ids = b'{"batch":[{"type":"track",', []
        while True:
            try:
                link = link or http.client.HTTPConnection(base, timeout=30)
                link.request("POST", path, data, {"X-Write-Key": "wk_web"})
                answer = link.getresponse()
                answer.read()
            except OSError as e:
                fails(f"a request fails: {e}")
                return
            if answer.status == (400 if broken else 200):
                break
            if answer.status not in (429, 503):
                fails(f"{path} is answered {answer.status}")
                return
            count("again")
            time.sleep(0.1)
        os.write(acked, "".join(i + "\n" for i in ids).encode())
        count("requests")
        count("ids", len(ids))
        if draw.random() < 0.02:  # clients come and go
            link.close()
            link = None
        time.sleep(draw.random() * 0.1)


def listener(number):
    draw = random.Random(1000 + number)
    while not over():
        try:
            link = http.client.HTTPConnection(base, timeout=3)
            link.request("GET", "/api/v1/stream")
            answer = link.getresponse()
            if answer.status != 200:
                fails(f"the stream is answered {answer.status}")
                return
            until = time.monotonic() + draw.random() * 3
            while time.monotonic() < until and (line := answer.fp.readline()):
                count("told", line.startswith(b"data:"))
        except TimeoutError:
            pass
        except OSError as e:
            fails(f"the stream fails: {e}")
        link.close()
        count("streams")


PATHS = ("/api/v1/accounts", "/api/v1/accounts?limit=5", "/api/v1/accounts/{}", "/api/v1/accounts/{}/timeline",
         "/api/v1/accounts/{}/explain", "/api/v1/values", "/api/v1/queue", "/api/v1/transitions", "/api/v1/status",
         "/api/v1/dead-letters", "/metrics", "/readyz", "/healthz", "/api/v1/accounts/nobody")


def reader(number):
    draw, link = random.Random(2000 + number), None
    while not over():
        path = draw.choice(PATHS).format(who(draw)[1])
        try:
            link = link or http.client.HTTPConnection(base, timeout=60)
            link.request("GET", path)
            answer = link.getresponse()
            said = answer.read()
        except OSError as e:
            fails(f"{path} fails: {e}")
            return
        # No answer is about nobody, and status and ready say so when something is behind.
        if answer.status not in (200, 404) and (path, answer.status) != ("/readyz", 503):
            fails(f"{path} is answered {answer.status}: {said[:500].decode()}")
        count("read")
        time.sleep(draw.random() * 0.5)


def sampler():
    page = os.sysconf("SC_PAGE_SIZE")
    link = http.client.HTTPConnection(base, timeout=60)
    with open(samples, "w") as out:
        while not over():
            with open(f"/proc/{pid}/statm") as f:
                _, resident, shared, *_ = map(int, f.read().split())
            link.request("GET", "/metrics")
            said = dict(x.split(" ") for x in link.getresponse().read().decode().split("\n") if x and x[0] != "#")
            own = (int(float(said[f"usher_{x}_bytes"])) for x in ("ids", "history_memory", "evaluator"))
            files = len(os.listdir(f"/proc/{pid}/fd"))
            threads = len(os.listdir(f"/proc/{pid}/task"))
            print((resident - shared) * page, files, threads, *own, file=out, flush=True)
            time.sleep(1)


def watched(work, *of):
    """What ends a thread is forgotten, unless it is kept."""
    try:
        work(*of)
    except Exception as e:  # pylint: disable=broad-except
        fails(f"{work.__name__}: {e!r}")


workers = [threading.Thread(target=watched, args=(sender, n)) for n in range(4)]
workers += [threading.Thread(target=watched, args=(listener, n)) for n in range(2)]
workers += [threading.Thread(target=watched, args=(reader, n)) for n in range(2)]
workers.append(threading.Thread(target=watched, args=(sampler,)))
for w in workers:
    w.start()
for w in workers:
    w.join()
print(json.dumps(counts))
for what in ("requests", "ids", "told", "streams", "read"):
    if not counts[what]:
        fails(f"nothing is counted as {what}")
sys.exit("; ".join(wrong[:3]) or 0)
