"""Whether a journal holds what was acknowledged, each line once.

    stored.py LINES ACKED

LINES are its lines, ACKED the ids that a 200 answered.
"""

import collections
import json
import sys

there = collections.Counter()
seqs = []
for line in open(sys.argv[1]):
    if not line.strip():
        continue
    line = json.loads(line)
    if "m" in line:
        if line["us"].get("type") != "dead":
            there[line["m"].get("messageId") or line["m"]["uuid"]] += 1
        seqs.append(line["us"]["seq"])
acked = set(open(sys.argv[2]).read().split())
lost = [i for i in acked if not there[i]]
twice = [i for i, n in there.items() if n > 1]
if lost or twice:
    sys.exit(f"{len(lost)} lost, as {lost[:3]}; {len(twice)} twice, as {twice[:3]}")
if seqs != list(range(1, len(seqs) + 1)):
    sys.exit("seq does not go 1, 2, 3 …")
print(f"{len(acked)} acknowledged, {sum(there.values())} stored")
