"""compare.py TOLD JOURNAL EVENTS SOURCE: what a client was told to send (send.mjs) is what
the journal and history hold of its source, each once and nothing else."""

import collections
import csv
import datetime
import json
import sys

told_file, journal_file, events_file, source = sys.argv[1:5]
told = [json.loads(line) for line in open(told_file)]
lines = {}
for text in open(journal_file):
    if text.strip():
        line = json.loads(text)
        if "m" in line and line["us"].get("source") == source:
            lines[line["us"]["seq"]] = line
history = {}
for row in csv.DictReader(open(events_file)):
    if row["source"] == source:
        history[int(row["seq"])] = row
wrong = []


def milliseconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def call_of(m):
    if "type" in m:
        return m["type"]
    return {"$identify": "identify", "$groupidentify": "group", "$create_alias": "alias",
            "$pageview": "page"}.get(m["event"], "track")


def properties_of(m):
    return m.get("properties") or {}


def traits_of(m):
    p = m.get("properties") or {}
    return m.get("traits") or m.get("$set") or p.get("$set") or p.get("$group_set") or {}


def fits(want, seq):
    m = lines[seq]["m"]
    if call_of(m) != want["call"]:
        return False
    if want["call"] in ("track", "page"):
        row = history.get(seq)
        given = properties_of(m)
        return (row and row["event"] == want["event"]
                and row["user"] == want.get("user", "")
                and ("anonymous" not in want or row["anonymous"] == want["anonymous"])
                and ("group" not in want or row["group"] == want["group"])
                and all(given.get(k) == v for k, v in want["properties"].items())
                and abs(milliseconds(row["happened"]) - want["at"]) < 5000)
    if "traits" in want and not all(traits_of(m).get(k) == v for k, v in want["traits"].items()):
        return False
    if want["call"] == "group":
        groups = (m.get("groupId"), properties_of(m).get("$group_key"))
        return want["group"] in groups
    return want.get("user") in (m.get("userId"), m.get("distinct_id"))


left = set(lines)
for want in told:
    found = next((seq for seq in sorted(left) if fits(want, seq)), None)
    if found is None:
        wrong.append(f"not there: {want}")
    else:
        left.remove(found)
for seq in sorted(left):
    wrong.append(f"nobody sent: {json.dumps(lines[seq])[:300]}")
ids = collections.Counter(line["m"].get("messageId") or line["m"].get("uuid") for line in lines.values())
wrong += [f"twice: {i}" for i, n in ids.items() if n > 1]
for what in wrong[:20]:
    print(what)
print(f"{source}: {len(told)} told, {len(lines)} lines, {len(history)} events")
sys.exit(bool(wrong))
