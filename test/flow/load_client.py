"""Sends batches to a server that may be killed at any moment, as a careful client does:
what was not answered 200 is sent again, with the same ids, until it is.

    load_client.py BASE_FILE ACKED_FILE THREADS [SECONDS]

BASE_FILE holds the address, and is read anew after each failure, so that a server may come
back elsewhere. Each id that a 200 answered is a line of ACKED_FILE, written before the next
request is sent. Ends after SECONDS, or when BASE_FILE is gone; prints the requests, the ids
and how often something was sent again. MIX=1 sends people who come without a name, get
one and join workspaces, instead of known users of known ones; PAUSE: seconds between a
thread's requests. Fails when an answer is none of 200, 429 and 503, or a thread of its own is
ended by anything else.
"""

import base64
import gzip
import http.client
import json
import os
import random
import sys
import threading
import time

base_file, acked_file, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
ends = time.monotonic() + float(sys.argv[4]) if len(sys.argv) > 4 else None
acked = os.open(acked_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
auth = "Basic " + base64.b64encode(b"wk_web:").decode()
mixed = os.environ.get("MIX") == "1"
pause = float(os.environ.get("PAUSE", "0"))
counts = {"requests": 0, "ids": 0, "again": 0}
lock, wrong = threading.Lock(), []


def over():
    return wrong or not os.path.exists(base_file) or (ends and time.monotonic() > ends)


def connect():
    try:
        with open(base_file) as f:
            host = f.read().strip().removeprefix("http://")
        return http.client.HTTPConnection(host, timeout=20)
    except FileNotFoundError:
        return None


def message_of(draw, i, k):
    """People who come without a name, get one, join workspaces and change them."""
    who = {"anonymousId": f"a{draw.randrange(400)}"}
    user = f"u{draw.randrange(200)}"
    group = f"g{draw.randrange(60)}"
    kind = draw.randrange(20)
    if kind == 0:
        traits = {"role": draw.choice(("admin", "member"))} if draw.random() < 0.5 else {}
        return {"type": "identify", "userId": user, "messageId": i, "traits": traits, **who}
    if kind == 1:
        traits = {"plan": draw.choice(("free", "pro"))} if draw.random() < 0.5 else {}
        return {"type": "group", "userId": user, "groupId": group, "messageId": i, "traits": traits}
    message = {"type": "track", "event": f"E{draw.randrange(5)}", "messageId": i, "properties": {"n": k}}
    if draw.random() < 0.6:
        message["userId"] = user
    else:
        message.update(who)
    if draw.random() < 0.5:
        message["context"] = {"groupId": group}
    if draw.random() < 0.2:
        message["timestamp"] = f"2026-{draw.randrange(1, 12):02}-{draw.randrange(1, 28):02}T10:00:00Z"
    return message


def mixed_body(draw, ids):
    return json.dumps({"batch": [message_of(draw, i, k) for k, i in enumerate(ids)]}).encode()


def body_of(ids, name):
    batch = [
        {"type": "track", "event": name, "userId": f"u{hash(i) % 50}", "messageId": i,
         "context": {"groupId": f"g{hash(i) % 9}"}, "properties": {"n": k, "pad": "x" * random.randrange(200)}}
        for k, i in enumerate(ids)
    ]
    text = json.dumps({"batch": batch}).encode()
    return gzip.compress(text, 1) if random.random() < 0.3 else text


def run(number):
    link = None
    sent = 0
    draw = random.Random(number * 7919 + os.getpid())
    while not over():
        size = draw.choice((1, 1, 5, 20, 100))
        ids = [f"{os.getpid()}-{number}-{sent}-{k}" for k in range(size)]
        sent += 1
        body = mixed_body(draw, ids) if mixed else body_of(ids, f"E{number % 5}")
        while True:
            try:
                link = link or connect()
                if not link:
                    return
                link.request("POST", "/v1/batch", body, {"Authorization": auth})
                answer = link.getresponse()
                answer.read()
                with lock:
                    counts["requests"] += 1
                if answer.status == 200:
                    break
                if answer.status not in (429, 503):
                    wrong.append(f"answered {answer.status}")
                    return
            except (OSError, http.client.HTTPException):
                if link:
                    link.close()
                link = None
            with lock:
                counts["again"] += 1
            if over():
                return
            time.sleep(0.02)
        time.sleep(pause)
        os.write(acked, "".join(i + "\n" for i in ids).encode())
        with lock:
            counts["ids"] += size


def watched(number):
    """What ends a thread is forgotten, unless it is kept."""
    try:
        run(number)
    except Exception as e:  # pylint: disable=broad-except
        wrong.append(repr(e))


workers = [threading.Thread(target=watched, args=(n,)) for n in range(threads)]
for w in workers:
    w.start()
for w in workers:
    w.join()
print(json.dumps(counts))
sys.exit("; ".join(wrong) or 0)
