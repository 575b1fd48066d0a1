"""What a server costs that has nothing to do: memory, CPU, and how long a start takes.

    serve_rest.py BUILD [--accounts 100000,1000000] [--events N,N] [--seconds 60] [--keep FOLDER]

For each number of accounts a workspace of the thirty signals (bench/sig30): five events of
two people each over the last sixty days. For each number of --events one of `usher
simulate`. The server is started on it, and asked when it takes events and when all
accounts are evaluated; its memory is what the kernel says of it, and what its evaluator
does; then nothing comes for so many seconds, and what it used of a core is measured; then
it is stopped, and started by what that left. A boundary of an hour is noted. --keep leaves the workspaces for the next run.
"""
import argparse
import contextlib
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ("Invite Sent", "API Called", "Report Viewed", "Task Created", "Dashboard Viewed", "Export Created", "Login")


def say(text):
    print(text, file=sys.stderr, flush=True)


def few_events(accounts, out):
    """Five events of two people an account, by turns over sixty days."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)
    days = [(now - datetime.timedelta(days=60 - d, hours=1)).isoformat() for d in range(60)]
    for k in range(5):
        rows = []
        for a in range(accounts):
            at = days[(a * 7 + k * 11) % 60]
            rows.append(f'{{"type":"track","event":"{NAMES[(a + k) % len(NAMES)]}","messageId":"r{a:x}-{k}","userId":"u{a}.{k % 2}",'
                        f'"context":{{"groupId":"g{a}"}},"properties":{{"rows":{k},"size":3}},"timestamp":"{at}Z"}}\n')
            if len(rows) == 20000:
                out.write("".join(rows).encode())
                rows = []
        out.write("".join(rows).encode())


def workspace(usher, space, accounts, events):
    """Made once; imported as people do."""
    if (space / "made").exists():
        return
    shutil.rmtree(space, ignore_errors=True)
    space.mkdir(parents=True)
    (space / "usher.yml").write_text((HERE / "sig30" / "usher.yml").read_text() + "sources:\n  web: {key: wk_web}\n")
    say(f"  making {space.name}")
    take = subprocess.Popen([usher, "-C", space, "import", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    if accounts:
        few_events(accounts, take.stdin)
    else:
        subprocess.run([usher, "simulate", "-", "--events", str(events), "--seed", "7", "--days", "180"], check=True,
                       stdout=take.stdin)
    take.stdin.close()
    if take.wait():
        sys.exit("bench: the import failed")
    (space / "made").touch()


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {x.split()[0]: float(x.split()[1]) for x in lines if not x.startswith("#")}


def process(pid):
    cells = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    rss = next(int(x.split()[1]) for x in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK"), rss * 1024


def until(look, seconds=600):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if got := look():
                return got
        time.sleep(0.02)
    sys.exit("bench: the server does not come up")


def calm_after(pid, began):
    """When what the start left to do was done: settling, the store. Two seconds at a fiftieth of a core."""
    for _ in range(150):
        before, _ = process(pid)
        time.sleep(2)
        if process(pid)[0] - before < 0.04:
            break
    return time.monotonic() - 2 - began


def up(usher, space):
    """A server, its port, and after how many seconds it answers, and all accounts are evaluated."""
    log = open(space / "log", "w+")
    began = time.monotonic()
    server = subprocess.Popen([usher, "-C", space, "serve", "--listen", "127.0.0.1:0"], stderr=log)

    def listening():
        found = (space / "log").read_text().partition('"address":"http://127.0.0.1:')[2]
        return int(found.partition('"')[0]) if found else 0

    try:
        port = until(listening)
        answers = time.monotonic() - began
        until(lambda: metrics(port).get("usher_accounts", 0) > 0)
    except BaseException:
        server.kill()
        raise
    return server, port, answers, time.monotonic() - began


def down(server):
    """After how many seconds it is gone."""
    began = time.monotonic()
    server.terminate()
    server.wait()
    return time.monotonic() - began


def rest(usher, space, seconds):
    """A row of the table: a start that reads history, rest, and the start after that."""
    left = space / "data" / "accounts.kept"
    left.unlink(missing_ok=True)
    began = time.monotonic()
    server, port, answers, evaluated = up(usher, space)
    try:
        calm = began + calm_after(server.pid, began)
        before, _ = process(server.pid)
        hour = time.time() // 3600
        time.sleep(seconds)
        after, rss = process(server.pid)
        found = metrics(port)
        boundary = time.time() // 3600 != hour
    finally:
        gone = down(server)
    size = left.stat().st_size
    server, port, _, again = up(usher, space)
    if metrics(port)["usher_history_loads_total"]:
        sys.exit("bench: the second start read history")
    down(server)
    accounts = found["usher_accounts"]
    return (accounts, answers, evaluated, gone, size, again, calm - began, rss, found["usher_evaluator_bytes"],
            100 * (after - before) / seconds, boundary)


def people(usher, space):
    sql = "SELECT count(DISTINCT person) AS n FROM events_now WHERE account IS NOT NULL"
    text = subprocess.run([usher, "-C", space, "query", "--csv", sql], check=True, capture_output=True, text=True).stdout
    return int(text.split()[-1])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("build", type=lambda x: pathlib.Path(x).resolve())
    options.add_argument("--accounts", default="100000,1000000")
    options.add_argument("--events", default="10000000")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--keep", type=pathlib.Path)
    given = options.parse_args()
    usher = given.build / "src" / "cli" / "usher"
    rows = []
    with tempfile.TemporaryDirectory(prefix="usher-rest-") as at:
        where = (given.keep or pathlib.Path(at)).resolve()
        asked = [(int(a), 0) for a in given.accounts.split(",") if a] + [(0, int(n)) for n in given.events.split(",") if n]
        for accounts, events in asked:
            space = where / (f"accounts-{accounts}" if accounts else f"events-{events}")
            workspace(usher, space, accounts, events)
            count, answers, evaluated, gone, size, again, calm, rss, bytes_, idle, boundary = rest(usher, space, given.seconds)
            users = people(usher, space)
            what = f"{5 * accounts:,} even events" if accounts else f"{events:,} of `usher simulate`"
            rows.append(f"| {what} | {count:,.0f} | {users:,} | {answers:.2f} | {evaluated:.2f} | "
                        f"{again:.2f} | {gone:.1f} | {size / 1e6:,.0f} | {calm:.1f} | {rss / 1e6:,.0f} | "
                        f"{rss / count:,.0f} | {rss / max(users, 1):,.0f} | {bytes_ / count:,.0f} | {idle:.2f}{' *' if boundary else ''} |")
            say("  " + rows[-1])
    print(f"Thirty signals; a start, then {given.seconds} s in which nothing comes, at a load of {os.getloadavg()[0]:.1f}. "
          "*: an hour ended meanwhile.\n")
    print("| events in window | accounts | people | answers after s | all evaluated after s | "
          "by what a stop left after s | the stop s | what it left MB | at rest after s | resident MB | bytes an account | "
          "bytes a person | of it the evaluator's, an account | of a core at rest, % |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))


main()
