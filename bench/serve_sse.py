"""How long it takes from the event that decides until everybody who listens is told.

    serve_sse.py USHER [SECONDS [EVENTS_A_SECOND]]

A server of a workspace of its own takes EVENTS_A_SECOND (20,000) in batches of 100, sent
when they are due whether the ones before are answered or not; beside them, twenty times a
second, the third invitation of an account that needs three. What is measured is from the
moment that request was due to the line on /api/v1/stream, so a wait to be sent counts.
Server and load are on the same cores.
"""

import base64
import http.client
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

usher = os.path.abspath(sys.argv[1])
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
rate = float(sys.argv[3]) if len(sys.argv) > 3 else 20000
CONFIG = """account: {unit: workspace}
sources:
  web: {key: wk_web}
qualify:
  team:
    kind: pqa
    must: ['count("Invite Sent", 7d) >= 3']
  busy:
    kind: pqa
    must: ['users(14d) >= 1000000']
"""
AUTH = {"Authorization": "Basic " + base64.b64encode(b"wk_web:").decode()}


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def row(title, values):
    ms = [1e3 * v for v in values]
    print(f"| {title} | {len(ms):,} | {percentile(ms, .5):.1f} | {percentile(ms, .99):.1f} | "
          f"{percentile(ms, .999):.1f} | {max(ms, default=0):.1f} |")


def batch(number):
    """A hundred events as bytes; ids are of this batch."""
    return ('{"batch":[' + ",".join(
        f'{{"type":"track","event":"E{k % 20}","userId":"u{(number * 37 + k) % 100000}","messageId":"b{number}-{k}",'
        f'"context":{{"groupId":"g{(number * 37 + k) % 20000}"}},"properties":{{"n":{k},"plan":"pro","path":"/a/b/c"}}}}'
        for k in range(100)) + "]}").encode()


class Sender(threading.Thread):
    """Takes what is due from a queue, over one connection."""

    def __init__(self, port, jobs, took):
        super().__init__(daemon=True)
        self.port, self.jobs, self.took = port, jobs, took

    def run(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port)
        while (job := self.jobs.get()) is not None:
            due, body = job
            link.request("POST", "/v1/batch", body, AUTH)
            answer = link.getresponse()
            answer.read()
            if answer.status == 200:
                self.took.append(time.monotonic() - due)


def listen(port, seen):
    link = http.client.HTTPConnection("127.0.0.1", port)
    link.request("GET", "/api/v1/stream")
    answer = link.getresponse()
    while line := answer.fp.readline():
        if line.startswith(b"data:"):
            seen[json.loads(line[5:])["account"]] = time.monotonic()


def metric(port, name):
    link = http.client.HTTPConnection("127.0.0.1", port)
    link.request("GET", "/metrics")
    for line in link.getresponse().read().decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    return float("nan")


def feed(jobs, every, until, make):
    """Puts what is due, when it is due."""
    number, due = 0, time.monotonic()
    while due < until:
        time.sleep(max(0, due - time.monotonic()))
        jobs.put((due, make(number)))
        number += 1
        due += every
    return number


with tempfile.TemporaryDirectory() as work:
    with open(work + "/usher.yml", "w") as file:
        file.write(CONFIG)
    log = open(work + "/log", "w+")
    server = subprocess.Popen([usher, "-C", work, "serve", "--listen", "127.0.0.1:0", "--local-api"], stderr=log)
    port = None
    while not port:
        time.sleep(0.05)
        for line in open(work + "/log"):
            said = json.loads(line)
            if said["event"] == "server.said_listening":
                port = int(said["address"].rsplit(":", 1)[1])
    bodies = [batch(n) for n in range(int(rate * seconds / 100) + 1)]
    seen, load_took, probe_took, dues = {}, [], [], {}
    threading.Thread(target=listen, args=(port, seen), daemon=True).start()
    time.sleep(0.5)
    load, probes = queue.SimpleQueue(), queue.SimpleQueue()
    senders = [Sender(port, load, load_took) for _ in range(4)] + [Sender(port, probes, probe_took)]
    for sender in senders:
        sender.start()

    def probe(number):
        dues[f"probe{number}"] = time.monotonic()
        events = [{"type": "track", "event": "Invite Sent", "userId": f"p{number}", "messageId": f"p{number}-{k}",
                   "context": {"groupId": f"probe{number}"}} for k in range(3)]
        return json.dumps({"batch": events}).encode()

    until = time.monotonic() + seconds
    began = time.monotonic()
    probing = threading.Thread(target=feed, args=(probes, 0.05, until, probe))
    probing.start()
    sent = feed(load, 100 / rate, until, lambda n: bodies[n])
    probing.join()
    time.sleep(2)
    lag = metric(port, "usher_history_lag_lines")
    rss = metric(port, "usher_resident_bytes")
    for sender in senders:
        (load if sender.jobs is load else probes).put(None)
    server.terminate()
    server.wait()
    told = [seen[a] - due for a, due in dues.items() if a in seen]
    print(f"{100 * len(load_took) / seconds:,.0f} events/s of {rate:,.0f} due for {seconds:.0f} s; "
          f"{len(dues) - len(told)} of {len(dues)} decisions not told 2 s later; history then {lag:,.0f} lines behind; "
          f"server {rss / 1e6:,.0f} MB\n")
    print("| from when it was due (ms) | n | p50 | p99 | p99.9 | most |\n|---|---|---|---|---|---|")
    row("batch of 100 → 200", load_took)
    row("deciding event → 200", probe_took)
    row("deciding event → on the stream", told)
