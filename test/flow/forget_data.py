"""Messages and rows of some people, one of whom is to be forgotten. forget_data.py FOLDER
writes all/ and without/, each with events.ndjson, contacts.csv and activities.csv: the
latter is what is there when she never came, and others who name her wrote stars."""
import datetime
import json
import pathlib
import re
import sys

out = pathlib.Path(sys.argv[1])
START = datetime.datetime(2025, 9, 1, 8, tzinfo=datetime.timezone.utc)
EMAIL = "ada.l@norvik.example"
rows = []


def at(day, minute=0):
    return (START + datetime.timedelta(days=day, minutes=minute)).isoformat().replace("+00:00", "Z")


def put(who, day, minute=0, **message):
    """who: whose it is; 'ada' is to be forgotten."""
    message.setdefault("type", "track")
    message["messageId"] = f"m{len(rows)}"
    message["timestamp"] = at(day, minute)
    rows.append((who, message))


# She came without a name, got one, joined a team, was called otherwise before.
put("ada", 0, anonymousId="a-5e21-ffa0", event="Page Seen", context={"groupId": "norvik"})
put("ada", 1, type="identify", userId="ada-7731", anonymousId="a-5e21-ffa0", traits={"email": "Ada.L@norvik.example", "role": "admin"})
put("ada", 2, type="alias", userId="ada-7731", previousId="old-ada-77")
put("ada", 2, 5, type="group", userId="ada-7731", groupId="norvik", traits={"plan": "pro"})
for day in range(3, 60):
    put("ada", day, userId="ada-7731", event="Invite Sent", context={"groupId": "norvik"}, properties={"to": f"p{day}@else.example"})
    put("ada", day, 30, anonymousId="a-5e21-ffa0", event="Page Seen", context={"groupId": "norvik"})
put("ada", 60, userId="old-ada-77", event="Limit Reached", context={"groupId": "norvik"}, properties={"resource": "seats"})
# A machine that Ben has now was hers before; what she did there is hers.
put("ada", 4, anonymousId="kiosk-3301", event="Page Seen", context={"groupId": "norvik"})
put("ada", 5, type="identify", userId="ada-7731", anonymousId="kiosk-3301")
put("ada", 6, anonymousId="kiosk-3301", event="Page Seen", context={"groupId": "norvik"})
# Others of her team, and another team.
for day in range(0, 70):
    for n, user in enumerate(["ben-1001", "cy-2002", "dee-3003"]):
        put(user, day, 60 + n, userId=user, event="Invite Sent", context={"groupId": "norvik"})
        put(user, day, 90 + n, userId=user + "x", event="Invite Sent", context={"groupId": "sund"})
put("ben", 20, type="identify", userId="ben-1001", anonymousId="kiosk-3301", traits={"email": "ben@norvik.example", "role": "admin"})
put("ben", 21, anonymousId="kiosk-3301", event="Page Seen", context={"groupId": "norvik"})
put("cy", 30, type="identify", userId="cy-2002", traits={"email": "canada.l@norvik.example"})
# They name her: in a property, in a longer text, in an address, spelled with escapes.
put("ben", 31, userId="ben-1001", event="Invite Sent", context={"groupId": "norvik"}, properties={"to": EMAIL})
put("ben", 32, userId="ben-1001", event="Note Written", context={"groupId": "norvik", "page": {"url": "https://x.example/u/ada-7731?mail=ada.l%40norvik.example"}}, properties={"text": f"ask <{EMAIL.upper()}> or ada-7731", "by": "ada-7731"})
put("cy", 33, type="group", userId="cy-2002", groupId="norvik", traits={"owner": EMAIL, "seats": 12})



def starred(line):
    named = r"(?<![\w.])ada\.l(@|%40)norvik\.example|ada-7731"
    return re.sub(named, lambda m: "*" * len(m.group()), line, flags=re.I)


text = {"all": [], "without": []}
for who, message in rows:
    line = json.dumps(message, separators=(",", ":"))
    text["all"].append(line)
    if who != "ada":
        text["without"].append(starred(line))
escaped = '{"type":"track","userId":"dee-3003","event":"Note Written","messageId":"esc","timestamp":"%s","context":{"groupId":"norvik"},"properties":{"text":"to \\u0061da.l@norvik.example"}}' % at(34)
text["all"].append(escaped)
text["without"].append(escaped.replace("to \\u0061da.l@norvik.example", "*" * 28))
# What cannot be understood: one letter is hers, one is somebody's.
text["all"].insert(40, '{"type":"trck","userId":"ada-7731","messageId":"d1","timestamp":"%s"}' % at(35))
for name in text:
    text[name].append('{"type":"trck","userId":"dee-3003","messageId":"d2","timestamp":"%s"}' % at(35))

for name, lines in text.items():
    folder = out / name
    folder.mkdir()
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    mine = name == "all"
    contacts = ["email,account,name,title,created", "ben@norvik.example,norvik,Ben B,CTO,2025-09-02T00:00:00Z"]
    activities = ["activity_id,account,contact,kind,at", "t1,norvik,ben@norvik.example,email,2025-09-03T00:00:00Z"]
    if mine:
        contacts.append(f"{EMAIL},norvik,Ada L,Head of Ops,2025-09-02T00:00:00Z")
        activities.append(f"t2,norvik,{EMAIL},call,2025-09-04T00:00:00Z")
    (folder / "contacts.csv").write_text("\n".join(contacts) + "\n")
    (folder / "activities.csv").write_text("\n".join(activities) + "\n")
print(sum(who == "ada" for who, _ in rows))
