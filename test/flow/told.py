"""Whether what a server decided is what a replay of its history says.

    told.py STATE REPLAYED DEFINITIONS TRANSITIONS [DEFINITION ACCOUNT USER]

STATE is its state.sqlite, REPLAYED what `usher firings --json` prints: the same transitions
at the same moments, each once, all of them live but of the definitions in the environment's
PAST; so many of so many definitions at the least,
and among them that one.
"""

import datetime
import json
import os
import sqlite3
import sys

state = sqlite3.connect(sys.argv[1])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def text(t):
    return (epoch + datetime.timedelta(microseconds=t)).isoformat().replace("+00:00", "Z")


def moment(at):
    at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    return (at - epoch) // datetime.timedelta(microseconds=1)


rows = state.execute("SELECT definition, account, user, change, t, since, ordinal, live FROM transitions").fetchall()
told = {tuple(r[:7]) for r in rows}
if len(told) != len(rows):
    sys.exit("something was decided twice")
late = [r for r in rows if not r[7] and r[0] not in os.environ.get("PAST", "").split()]
if late:
    sys.exit(f"{len(late)} are said to be of the past, as {late[0]}")
replayed = set()
for line in open(sys.argv[2]):
    f = json.loads(line)
    replayed.add((f["definition"], f["account"], f.get("user") or "", f["what"] if f["what"] == "entered" else f["reason"], moment(f["at"]),
                  moment(f["since"]), f["entry"]))
for name, one, other in (("decided and not replayed", told, replayed), ("replayed and not decided", replayed, told)):
    for t in sorted(one - other, key=lambda t: t[4])[:5]:
        print(name, t, text(t[4]))
kinds = {t[0] for t in replayed}
wanted = tuple(sys.argv[5:8])
if wanted and wanted not in {t[:3] for t in replayed}:
    sys.exit(f"{wanted} is not replayed")
print(f"{len(told)} transitions of {len(kinds)} definitions")
sys.exit(told != replayed or len(kinds) < int(sys.argv[3]) or len(told) < int(sys.argv[4]))
