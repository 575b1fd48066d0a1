"""Clients that a server has to live with: serve_abuse.py HOST PORT PID. Raw requests, byte
by byte where need be; prints what went wrong and exits 1 if anything did."""

import gzip
import json
import socket
import sys
import threading
import time

host, port, pid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wrong = []


def check(good, what):
    if not good:
        wrong.append(what)
        print("wrong:", what)


def open_socket(seconds=10):
    s = socket.create_connection((host, port), timeout=seconds)
    return s


def read_all(s):
    out = b""
    try:
        while True:
            got = s.recv(65536)
            if not got:
                return out
            out += got
    except (socket.timeout, ConnectionError):
        return out


def raw(data, seconds=3):
    """What comes back for these bytes, until it closes or falls quiet."""
    s = open_socket(seconds)
    try:
        s.sendall(data)
        s.settimeout(0.4 if seconds < 5 else seconds)
        return read_all(s)
    except ConnectionError:
        return b""
    finally:
        s.close()


def status(answer):
    return int(answer[9:12]) if answer[:5] == b"HTTP/" and answer[9:12].isdigit() else 0


def post(body, headers=b"", path=b"/v1/batch", seconds=10):
    return raw(b"POST %s HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s"
               % (path, headers, len(body), body), seconds)


def resident():
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


def alive():
    return status(raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == 200


# ---- raw requests, in the manner of h1spec: what is no HTTP is 4xx, or hung up on -----------
track = b'{"type":"track","event":"Raw","userId":"u1"}'
refused = {
    "no version": b"GET /healthz\r\n\r\n",
    "a version that is none": b"GET /healthz HTTP/9.7x\r\nHost: x\r\n\r\n",
    "no host in HTTP/1.1": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
    "two lengths that differ": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 44\r\n\r\n" + track,
    "a length twice": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nContent-Length: 44\r\nContent-Length: 44\r\n\r\n" + track,
    "a length beside chunks": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n2c\r\n" + track + b"\r\n0\r\n\r\n",
    "a coding that is not known": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2c\r\n" + track + b"\r\n0\r\n\r\n",
    "a length that is no number": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 4x\r\n\r\nabcd",
    "a length below nothing": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length beyond all": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "a chunk that is no number": b"POST /v1/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a line of 64 KB": b"GET /" + b"a" * 65536 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers of 64 KB": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 65536 + b"\r\n\r\n",
    "bytes of no protocol": bytes(range(256)) * 4,
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n",
}
for what, data in refused.items():
    got = raw(data)
    check(status(got) == 0 or 400 <= status(got) < 600, f"{what}: {got[:60]!r}")
    check(status(got) != 200, f"{what} is answered 200")
check(status(raw(b"GET /healthz HTTP/1.0\r\n\r\n")) == 200, "HTTP/1.0 is not answered")
check(status(raw(b"PATCH /v1/t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == 405, "a method that is none of its own")
two = raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
check(two.count(b"HTTP/1.1 200") == 2, "two requests in one packet")
chunked = raw(b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
              b"10;ext=1\r\n" + track[:16] + b"\r\n%x\r\n" % (len(track) - 16) + track[16:] + b"\r\n0\r\n\r\n")
check(status(chunked) == 200, f"a body in chunks: {chunked[:80]!r}")
s = open_socket()
s.sendall(b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(track))
check(s.recv(64).startswith(b"HTTP/1.1 100"), "Expect: 100-continue is not answered")
s.sendall(track)
check(status(s.recv(4096)) == 200, "and then not taken")
s.close()
for path in (b"/v1/batch", b"/v1/batch/", b"//v1/batch", b"/batch/", b"/v1/t/", b"/nothing/"):
    check(not 300 <= status(post(track, path=path)) < 400, f"{path!r} is redirected")
check(alive(), "raw requests ended it")

# ---- bodies ---------------------------------------------------------------------------------
line = b'{"type":"track","event":"Packed","userId":"u1","messageId":"%d","properties":{"pad":"' + b"a" * 1800 + b'"}}'
big = b'{"batch":[' + b",".join(line % i for i in range(1000)) + b"]}"
packed = gzip.compress(big, 9)
check(len(big) / len(packed) > 100 and status(post(packed)) == 200, "a body packed %d:1" % (len(big) // len(packed)))
flat = b'{"batch":[{"type":"track","event":"Flat","userId":"u1","messageId":"flat","properties":{"pad":"' + b"a" * 20000 + b'"}}],"pad":"' + b"a" * 4_000_000 + b'"}'
packed = gzip.compress(flat, 9)
check(len(flat) / len(packed) > 900 and status(post(packed)) == 200, "a body packed %d:1" % (len(flat) // len(packed)))
before = resident()
bomb = gzip.compress(b"0" * 64_000_000, 9)
for _ in range(20):
    got = status(post(bomb))
    check(got == 413, f"64 MB in {len(bomb)} bytes are answered {got}")
check(resident() - before < 64_000_000, "a body that unpacks for ever takes memory")
check(status(post(b"\x1f\x8b\x08\x00garbage")) == 400, "broken gzip")
check(status(post(b"x" * 11_000_000)) == 413, "11 MB at once")
over = json.dumps({"batch": [{"type": "track", "event": "Over", "userId": "u1", "messageId": "o1", "properties": {"pad": "b" * 40000}},
                             {"type": "track", "event": "Beside", "userId": "u1", "messageId": "o2"}]}).encode()
got = post(over)
check(status(got) == 200 and b'"dead":1' in got and b'"index":0' in got, f"one message too large among others: {got[-200:]!r}")
many = b'{"batch":[' + b",".join(b'{"type":"track","event":"S","userId":"u1","messageId":"k%d","properties":{"pad":"%s"}}' % (i, b"c" * 30000) for i in range(200)) + b"]}"
check(status(post(many)) == 200, "a batch of 6 MB, each message within bounds")

# ---- connections that are begun and not ended -------------------------------------------------
idle = [open_socket() for _ in range(300)]
for i, s in enumerate(idle):
    s.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nContent-Length: 1000\r\n\r\n" if i % 2 else b"POST /v1/ba")
stop = False


def trickle(s):
    while not stop:
        try:
            s.sendall(b" ")
        except OSError:
            return
        time.sleep(0.2)


threads = [threading.Thread(target=trickle, args=(s,)) for s in idle[1:60:2]]
for t in threads:
    t.start()
took = []
for _ in range(50):
    began = time.monotonic()
    check(status(post(track, path=b"/v1/t")) == 200, "nobody else is served beside 300 idle connections")
    took.append(time.monotonic() - began)
took.sort()  # one may meet a busy machine; half of them do not
check(took[25] < 2.0, f"answers take {took[25]:.2f} s beside 300 idle connections")
stop = True
for t in threads:
    t.join()
for s in idle:
    s.close()
gone = [open_socket() for _ in range(100)]
for s in gone:  # a whole request, and gone before it is answered
    s.sendall(b"POST /v1/t HTTP/1.1\r\nHost: x\r\nX-Write-Key: wk_web\r\nContent-Length: %d\r\n\r\n" % len(track) + track)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.close()
check(alive(), "clients that go away ended it")
print(f"slowest answer beside idle connections: {took[-1] * 1000:.0f} ms")
sys.exit(bool(wrong))
