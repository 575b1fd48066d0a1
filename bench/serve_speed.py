"""How many events a second a server makes durable, and how long an answer takes.

    serve_speed.py BUILD [--seconds N] [--batches 1,20,100] [--links 1,16,256] [--peers alone,floor,…]

For each batch and number of connections, one after the other in the same run, each from
nothing and on the same cores as its client: usher with everything on (thirty signals,
history, state); the same server without a loader, so that history stays empty (journal
and evaluator alone); usher's HTTP and parsing alone, nothing kept (the floor); PostgreSQL 15
with one prepared INSERT of as many rows of jsonb, synchronous_commit on, no HTTP;
ClickHouse 18.16 with JSONEachRow over HTTP, which does not sync. Then usher again at half
of what it reached, by a schedule (open loop). Events are those of `usher simulate`, of
people that all but the second know already, with fresh messageIds and times. What is not
installed is left out and said.
"""
import argparse
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
POSTGRES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
EVENTS = 200_000
BODIES = 20_000  # of a file at the most, so that a client has read it at once


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- events and clients ----


def bodies_make(usher, batches, work):
    """Files of bodies by batch, as load_bodies.h says; and as rows for ClickHouse."""
    made = subprocess.run([usher, "simulate", "-", "--events", str(EVENTS), "--seed", "7", "--days", "180"],
                          check=True, capture_output=True, text=True).stdout.splitlines()
    rows, flat = [], []
    for line in made:
        m = json.loads(line)
        m["messageId"], m["timestamp"] = "M" * 16, "T" * 24
        rows.append(json.dumps(m, separators=(",", ":"), ensure_ascii=False))
        text = {k: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for k, v in m.items()}
        flat.append(json.dumps(text, separators=(",", ":"), ensure_ascii=False))
    (work / "events.ndjson").write_text("\n".join(made) + "\n")
    for batch in batches:
        for name, lines in ("bodies", rows), ("rows", flat):
            with open(work / f"{name}-{batch}", "w", encoding="utf-8") as out:
                for i in range(0, min(len(lines), BODIES * batch) - batch + 1, batch):
                    out.write("\t".join(lines[i:i + batch]) + "\n")
    return sum(map(len, rows)) / len(rows)


def compile_clients(work):
    flags = ["cc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"]
    subprocess.run([*flags, HERE / "serve_load.c", "-o", work / "serve_load"], check=True)
    pq = subprocess.run(["pkg-config", "--cflags", "--libs", "libpq"], capture_output=True, text=True)
    if pq.returncode == 0:
        subprocess.run([*flags, HERE / "serve_insert.c", "-o", work / "serve_insert", *pq.stdout.split(), "-lpthread"],
                       check=True)


# ---- servers ----


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ticks(pid):
    """CPU seconds of a process and those it started."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            cells = stat.read_text().rpartition(")")[2].split()
            own = stat.parent.name == str(pid)
            if own or cells[1] == str(pid):
                total += int(cells[11]) + int(cells[12])
            if own:  # children that ended: of PostgreSQL, those of closed connections
                total += int(cells[13]) + int(cells[14])
    return total / os.sysconf("SC_CLK_TCK")


def wait_for(look, what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if look():
                return
        time.sleep(0.05)
    sys.exit(f"bench: {what} does not come up")


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def metric(port, name):
    return next((float(x.split()[1]) for x in get(port, "/metrics").splitlines() if x.startswith(name + " ")), 0.0)


def space_new(work):
    space = work / "space"
    shutil.rmtree(space, ignore_errors=True)
    space.mkdir()
    (space / "usher.yml").write_text((HERE / "sig30" / "usher.yml").read_text() + "sources:\n  web: {key: wk_web}\n")
    return space


def stop(server):
    server.terminate()
    try:
        server.wait(120)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextlib.contextmanager
def usher_up(build, work):
    space = space_new(work)
    usher = build / "src" / "cli" / "usher"
    subprocess.run([usher, "-C", space, "import", work / "events.ndjson"], check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    log = open(space / "log", "w")
    server = subprocess.Popen([usher, "-C", space, "serve", "--listen", f"127.0.0.1:{port}"], stderr=log)
    try:
        wait_for(lambda: metric(port, "usher_accounts") > 0, "usher")
        yield server.pid, port
    finally:
        stop(server)


@contextlib.contextmanager
def alone_up(build, work):
    """It knows nobody: whoever is first heard of is so while it runs."""
    space = space_new(work)
    port = free_port()
    with open(space / "log", "w") as log, open(space / "counts", "w") as counts:
        server = subprocess.Popen([build / "src" / "server" / "alone_bench", space, str(port)], stdout=counts, stderr=log)
        try:
            wait_for(lambda: metric(port, "usher_history_loads_total") > 0, "usher alone")
            yield server.pid, port
        finally:
            stop(server)


@contextlib.contextmanager
def floor_up(build, work):
    server = subprocess.Popen([build / "src" / "server" / "floor_bench", "0", str(os.cpu_count())],
                              stdout=subprocess.PIPE, text=True)
    try:
        yield server.pid, int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


def as_other(user, folder):
    """Servers that refuse to be root run as their own user."""
    if os.geteuid():
        return {}
    entry = pwd.getpwnam(user)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres_up(build, work):
    folder = work / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.chmod(work, 0o755)
    own = as_other("postgres", folder)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **own}
    subprocess.run([POSTGRES[-1], "-D", folder / "data", "-A", "trust", "-U", "bench"], check=True, **quiet)
    server = subprocess.Popen(
        [POSTGRES[-1].parent / "postgres", "-D", folder / "data", "-k", folder, "-h", "", "-c", "max_connections=300",
         "-c", "shared_buffers=1GB", "-c", "max_wal_size=8GB", "-c", "synchronous_commit=on"], cwd=folder, **quiet)
    where = f"host={folder} user=bench dbname=postgres"
    psql = ["psql", "-q", where, "-c"]
    try:
        wait_for(lambda: subprocess.run([*psql, "SELECT 1"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL).returncode == 0, "PostgreSQL")
        subprocess.run([*psql, "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, "
                               "received timestamptz DEFAULT now(), m jsonb)"], check=True)
        yield server.pid, where
    finally:
        server.terminate()
        server.wait()


CLICKHOUSE = """<yandex><logger><level>none</level><log>{at}/log</log><errorlog>{at}/errors</errorlog></logger>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>127.0.0.1</listen_host><path>{at}/data/</path>
<tmp_path>{at}/tmp/</tmp_path><users_config>{at}/users.xml</users_config><mark_cache_size>1073741824</mark_cache_size>
<default_profile>default</default_profile><default_database>default</default_database><max_connections>1024</max_connections>
<max_concurrent_queries>1024</max_concurrent_queries>
<keep_alive_timeout>60</keep_alive_timeout></yandex>"""
USERS = """<yandex><profiles><default><input_format_skip_unknown_fields>1</input_format_skip_unknown_fields></default></profiles>
<users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>"""
COLUMNS = ("messageId", "type", "event", "name", "userId", "anonymousId", "groupId", "previousId", "properties", "traits",
           "context")


@contextlib.contextmanager
def clickhouse_up(build, work):
    folder = work / "clickhouse"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    (folder / "tmp").mkdir()
    port, tcp = free_port(), free_port()
    (folder / "config.xml").write_text(CLICKHOUSE.format(at=folder, http=port, tcp=tcp))
    (folder / "users.xml").write_text(USERS)
    os.chmod(work, 0o755)
    server = subprocess.Popen(["clickhouse-server", f"--config-file={folder}/config.xml"], cwd=folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_other("clickhouse", folder))
    columns = ", ".join(f"{c} String" for c in COLUMNS)
    try:
        wait_for(lambda: get(port, "/ping").startswith("Ok"), "ClickHouse")
        # 18.16 reads no ISO times of itself: the text is kept, and the day by which rows lie is of now.
        sql = (f"CREATE TABLE events (timestamp String, {columns}, at DateTime DEFAULT now()) "
               "ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (userId, at)")
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", sql.encode()).read()
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


UP = {"usher": usher_up, "alone": alone_up, "floor": floor_up, "postgres": postgres_up, "clickhouse": clickhouse_up}


def there(work):
    """Which of them can run here; why not the others."""
    wrk_there = bool(shutil.which("wrk")) or "wrk is not installed"
    found = {"usher": wrk_there, "alone": wrk_there, "floor": wrk_there,
             "postgres": bool(POSTGRES) and (work / "serve_insert").exists() or "PostgreSQL or libpq-dev is not installed",
             "clickhouse": bool(shutil.which("clickhouse-server")) or "clickhouse-server is not installed"}
    for name, why in found.items():
        if why is not True:
            say(f"  {name} is left out: {why} (scripts/setup bench)")
    return [name for name, why in found.items() if why is True]


# ---- runs ----

salts = iter(f"{n:04x}" for n in range(0xffff))


def wrk(port, batch, links, seconds, work):
    """A closed loop; latencies are from sending."""
    command = ["wrk", "-t1", f"-c{links}", f"-d{seconds}s", "-s", HERE / "serve_wrk.lua",
               f"http://127.0.0.1:{port}/v1/batch", "--", work / f"bodies-{batch}", next(salts)]
    before = os.times()
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = os.times()
    run = json.loads(out.splitlines()[-1])
    run["client_cpu"] = sum(after[2:4]) - sum(before[2:4])
    run["events_s"] = run["requests"] * batch / run["seconds"]
    run["sent"] = run["requests"]
    return run


def load(port, batch, links, seconds, work, rate=0, clickhouse=False):
    command = [work / "serve_load", str(port), work / f"{'rows' if clickhouse else 'bodies'}-{batch}", str(links),
               str(rate / batch), str(seconds)]
    if clickhouse:
        command += ["", "", "\n", "/?query=INSERT+INTO+events+FORMAT+JSONEachRow", ""]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def insert(where, batch, links, seconds, work):
    command = [work / "serve_insert", where, work / f"bodies-{batch}", str(links), str(seconds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run_one(name, build, batch, links, seconds, work):
    with UP[name](build, work) as (pid, at):
        os.sync()  # what the one before left to be written is not on this one's bill
        before = ticks(pid)
        if name == "postgres":
            run = insert(at, batch, links, seconds, work)
        elif name == "clickhouse":
            run = load(at, batch, links, seconds, work, clickhouse=True)
        else:
            run = wrk(at, batch, links, seconds, work)
        if name in ("usher", "alone"):  # all that was taken is evaluated and in history, and counts
            began = time.monotonic()
            run["undecided"] = metric(at, "usher_decisions_lag_lines")
            wait_for(lambda: metric(at, "usher_history_lag_lines") == 0 and
                     metric(at, "usher_evaluated_lines_total") >= metric(at, "usher_lines_total"), "history", 300)
            run["behind"] = time.monotonic() - began
        time.sleep(0.3 if name == "postgres" else 0)
        run["server_cpu"] = ticks(pid) - before
        if name == "usher":
            run["open"] = load(at, batch, links, seconds, work, rate=run["events_s"] / 2)
    if name == "alone":
        run["did"] = json.loads((work / "space" / "counts").read_text())
    taken = run["sent"] - run["failed"] - run.get("unanswered", 0) if "sent" in run else run["requests"] / 0.9
    run["per_cpu"] = taken * batch / max(run["server_cpu"], 0.01)
    say(f"  {batch:3} × {links:3} {name:10} {run['events_s']:10,.0f} events/s  p99 {run['p99']:.2f} ms")
    return run


# ---- what is printed ----

TITLES = {"usher": "usher, everything on", "alone": "usher: journal and evaluator alone", "floor": "floor: HTTP and parsing",
          "postgres": f"PostgreSQL {POSTGRES[-1].parent.parent.name if POSTGRES else ''}", "clickhouse": "ClickHouse 18.16"}


def table(runs, batch, links):
    rows = []
    ours = runs["usher"]["events_s"] if "usher" in runs else None
    for name, run in runs.items():
        ratio = "1" if name == "usher" else "–"
        if ours and name != "usher" and run["events_s"]:
            ratio = f"{ours / run['events_s']:.2f}×"
        rows.append(f"| {batch} | {links} | {TITLES[name]} | {run['events_s']:,.0f} | {ratio} | {run['p50']:.2f} | "
                    f"{run['p99']:.2f} | {run['p999']:.2f} | {run['per_cpu']:,.0f} | "
                    f"{run['server_cpu']:.1f} / {run['client_cpu']:.1f} | {run['failed']} |")
    return rows


def open_row(batch, links, run):
    o = run["open"]
    return (f"| {batch} | {links} | {run['events_s'] / 2:,.0f} | {o['events_s']:,.0f} | {o['p50']:.2f} | {o['p99']:.2f} | "
            f"{o['p999']:.2f} | {o['most']:.1f} | {o['late']:.2f} | {o['failed'] + o['never_sent'] + o['unanswered']} | "
            f"{run['behind']:.1f} |")


def alone_row(batch, links, run):
    did = run["did"]
    return (f"| {batch} | {links} | {did['lines']:,} | {did['transitions']:,} | {did['commits']:,} | {did['rows_come']:,} | "
            f"{did['asked_lines'] + did['asked_accounts'] + did['asked_all'] - 1} | {run['undecided']:,.0f} | "
            f"{run['behind']:.1f} |")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("build", type=lambda x: pathlib.Path(x).resolve())
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--batches", default="1,20,100")
    options.add_argument("--links", default="1,16,256")
    options.add_argument("--peers", default="usher,alone,floor,postgres,clickhouse")
    given = options.parse_args()
    batches = [int(x) for x in given.batches.split(",")]
    closed, opened, alone = [], [], []
    with tempfile.TemporaryDirectory(prefix="usher-serve-") as at:
        work = pathlib.Path(at)
        compile_clients(work)
        size = bodies_make(given.build / "src" / "cli" / "usher", batches, work)
        names = [n for n in there(work) if n in given.peers.split(",")]
        for batch in batches:
            for links in map(int, given.links.split(",")):
                runs = {n: run_one(n, given.build, batch, links, given.seconds, work) for n in names}
                closed += table(runs, batch, links)
                if "usher" in runs:
                    opened.append(open_row(batch, links, runs["usher"]))
                if "alone" in runs:
                    alone.append(alone_row(batch, links, runs["alone"]))
    print(f"Closed loop, {given.seconds} s each, events of {size:.0f} bytes; client and server share {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f} at the end. *Against it*: usher's rate by the peer's. CPU seconds of server and "
          "client; *an s of CPU*: events by CPU second of the server, until all is evaluated and in history.\n")
    print("| events a request | connections | | events/s | against it | p50 ms | p99 | p99.9 | events an s of CPU | CPU s "
          "server / client | failed |\n|---|---|---|---|---|---|---|---|---|---|---|")
    print("\n".join(closed))
    if opened:
        print("\nThe same server at half of that, requests due by a schedule and latency counted from when they were due. "
              "*Late*: of it the client's own, at the 99th percentile. The client has the same cores: where it "
              "is most of the p99, that cell says how late a request was sent, not how long usher took. "
              "*Behind*: seconds after the closed loop until all of it "
              "was evaluated and in history.\n")
        print("| events a request | connections | due a s | answered a s | p50 ms | p99 | p99.9 | most | late | not answered "
              "200 | behind s |\n|---|---|---|---|---|---|---|---|---|---|---|")
        print("\n".join(opened))
    if alone:
        print("\nWhat the evaluator alone did. *Asked*: questions to history beyond that of the start, which an empty one "
              "answered: where there are any, less was decided than a server would. *Undecided*: lines that were durable "
              "and not evaluated when the client ended; *behind*: seconds until none were.\n")
        print("| events a request | connections | lines | transitions | commits of state | rows that came to accounts | asked "
              "| undecided | behind s |\n|---|---|---|---|---|---|---|---|---|")
        print("\n".join(alone))


main()
