"""Whether a journal that a server writes holds what was acknowledged, each line once; asked
again and again, and looking at what came since alone.

    stored_since.py JOURNAL ACKED

Reads questions, lines of whatever, and answers each with a line: "good", how many ids were
acknowledged and how many lines are there; or what is wrong, and ends. Where a line stood,
it stays: a place in a plain segment is the same in the sealed one.
"""

import json
import os
import subprocess
import sys

journal, acked = sys.argv[1], open(sys.argv[2], "rb")
number, at = 1, 0  # a segment, and bytes of its text
there, waiting, seq, ids = set(), set(), 0, 0


def text_of(segment, start):
    """Of a segment from there on; None where there is none."""
    plain = f"{journal}/{segment:08}.ndjson"
    while True:
        if os.path.exists(plain + ".zst"):
            return subprocess.run(["zstdcat", plain + ".zst"], capture_output=True, check=True).stdout[start:]
        try:
            with open(plain, "rb") as f:
                f.seek(start)
                text = b""
                while b"\n\n" not in text and (chunk := f.read(1 << 20)):
                    text += chunk
                if os.fstat(f.fileno()).st_ino == os.stat(plain).st_ino:
                    return text
        except FileNotFoundError:
            if not os.path.exists(plain + ".zst"):
                return None


def take(group):
    """The lines of a group that is whole."""
    global seq
    for line in group:
        if line["us"]["seq"] != seq + 1:
            sys.exit(f"seq {line['us']['seq']} follows {seq}")
        seq += 1
        if line["us"].get("type") == "dead":
            continue
        name = line["m"].get("messageId") or line["m"]["uuid"]
        if name in there:
            sys.exit(f"{name} is there twice")
        there.add(name)
        waiting.discard(name)


def follow():
    """What is there now: a server that writes faster than this reads would have no end."""
    global number, at
    last = max((int(name[:8]) for name in os.listdir(journal) if ".ndjson" in name), default=number)
    while True:
        group, end = [], at
        for line in (text_of(number, at) or b"").split(b"\n\n", 1)[0].split(b"\n"):
            end += len(line) + 1
            try:
                said = json.loads(line)
            except ValueError:
                break  # it is being written
            if "m" in said:
                group.append(said)
                continue
            take(group)
            group, at = [], end
        if number >= last:
            return
        number, at = number + 1, 0


for _ in sys.stdin:
    for name in acked.read().split():
        ids += 1
        name = name.decode()
        if name not in there:
            waiting.add(name)
    try:
        follow()
    except SystemExit as wrong:
        print(wrong, flush=True)
        raise
    if waiting:
        print(f"{len(waiting)} lost, as {sorted(waiting)[:3]}", flush=True)
        sys.exit(1)
    print("good", ids, seq, flush=True)
