#!/usr/bin/env python3
"""Count the assertions in a meson test log: prints "passed failed skipped".

A binary that crashed, timed out or printed no plan counts as one failure. With --show
each test gets a line, and the failing ones their assertions.
"""
import json
import sys


def one(entry):
    passed = failed = skipped = 0
    bad = []
    out = entry.get("stdout", "")
    planned = False
    for line in out.splitlines():
        if line.startswith("1.."):
            planned = True
            if "# SKIP" in line.upper():
                skipped += 1
                bad.append("skipped: " + line.partition("#")[2].strip())
        elif line.startswith("not ok"):
            failed += 1
            bad.append(line)
        elif line.startswith("ok"):
            if "# SKIP" in line.upper():
                skipped += 1
                bad.append("skipped: " + line)
            else:
                passed += 1
        elif bad and line.startswith("#"):
            bad.append("    " + line)
    if (not planned or entry["result"] in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT")) and not failed:
        failed += 1
        bad.append(f"{entry['result']}, exit {entry.get('returncode')}")
        bad += entry.get("stderr", "").splitlines()[-25:]
    return passed, failed, skipped, bad


def main():
    show = "--show" in sys.argv
    total = [0, 0, 0]
    with open(sys.argv[-1], encoding="utf-8") as log:
        for line in log:
            entry = json.loads(line)
            p, f, s, bad = one(entry)
            total = [a + b for a, b in zip(total, (p, f, s))]
            if show:
                name = entry["name"].split(" ")[-1]
                print(f"  {'FAIL' if f else 'ok  '}  {name}: {p} passed"
                      + (f", {f} failed" if f else "") + (f", {s} skipped" if s else "")
                      + f" ({entry.get('duration', 0):.1f} s)")
                for text in bad[:40]:
                    print("        " + text)
    if not show:
        print(*total)


main()
