"""The machine a bench ran on, and its chapters in docs/benchmarks.md."""

import os
import platform
import re
import time

MARK = "<!-- what scripts/bench prints -->\n"


def machine():
    cpu = "?"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (f"{time.strftime('%Y-%m-%d', time.gmtime())} · {cpu}, {os.cpu_count()} cores, {memory:.0f} GiB · "
            f"Linux {platform.release()} · load {os.getloadavg()[0]:.1f} at the start")


def chapters(text):
    """What stands before the first, and each by its title."""
    first, *rest = re.split(r"^### ", text, flags=re.M)
    return first, {x.partition("\n")[0]: x.partition("\n")[2] for x in rest}


def put(path, text):
    """The chapters of text, each with where it ran, in place of those of their names, or last."""
    head, mark, old = path.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise SystemExit(f"bench: {path} has lost its mark")
    before, kept = chapters(old)
    where, new = chapters(text)
    for title, body in new.items():
        kept[title] = "\n" + where.strip() + "\n" + body.rstrip("\n") + "\n\n"
    told = "".join(f"### {title}\n{body}" for title, body in kept.items()).rstrip("\n") + "\n"
    path.write_text(head + mark + before + told, encoding="utf-8")
