#!/usr/bin/env python3
"""Measures `akdoctor logs` as ratios, on a log that is made on the spot: 98 % ordinary lines
(src/logs/ordinary.txt), 2 % faults (the lines that the signatures name as theirs).

    cargo build --release && tests/logs_speed.py [MEGABYTES]

* file: reading it against `rg -c` with every pattern as one alternation; goal 0.6.
* engine: reading a real container's log against `curl` of the same raw stream; goal 1.1.
* memory: the most that either takes; under 48 MB.

Each figure is the best of several runs, taken in turns. A ratio of times fails at one and a
quarter of its goal: that is no noise of a busy machine any more. Without rg or Docker that part is
left out and said.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/akdoctor"
SIGNATURES = sorted((ROOT / "checks/container_logs/signatures").glob("*.toml"))
RUNS = 7
# Over a goal by this much a ratio of times is a fault.
NOISE = 1.25


def known():
    """Patterns and lines of every signature."""
    patterns, lines = [], []
    for file in SIGNATURES:
        for finding in tomllib.loads(file.read_text()).get("finding", []):
            log = finding["log"]
            patterns.append(log["pattern"])
            lines += [text for text in log["match"] if len(text) < 4000]
    return patterns, lines


def write(path, megabytes):
    """A log of about this size; the clock in it goes on by a millisecond a line."""
    ordinary = (ROOT / "src/logs/ordinary.txt").read_text().splitlines()
    faults = known()[1]
    chance = random.Random(7)
    stamp = re.compile(r"2026-11-23T\d\d:\d\d:\d\d(\.\d+)?")
    request = re.compile(r'"request_id": "[0-9a-f]{32}"')
    written, at = 0, 0
    with open(path, "w") as out:
        while written < megabytes * 1_000_000:
            at += 1
            clock = time.strftime("2026-11-23T%H:%M:%S", time.gmtime(at // 1000)) + f".{at % 1000:03}"
            line = chance.choice(faults if chance.random() < 0.02 else ordinary)
            line = stamp.sub(clock, line, count=1)
            line = request.sub(f'"request_id": "{at:032x}"', line, count=1) + "\n"
            written += out.write(line)


def best(*commands):
    """The shortest run of each command, in seconds; they run in turns."""
    times = [[] for _ in commands]
    for _ in range(RUNS):
        for command, known in zip(commands, times):
            began = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
            known.append(time.perf_counter() - began)
    return [min(known) for known in times]


def memory(command):
    """Peak resident memory of one run, in megabytes; in a process of its own, since the figure
    never falls again."""
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True)
    return int(done.stdout) / 1024


def report(what, value, goal, most):
    print(f"{what}: {value:.2f} (goal {goal}, at most {most:.2f})")
    return value <= most


def of_file(path):
    ours = [str(PROGRAM), "logs", "--file", path, "-q"]
    good = report("file, memory in MB", memory(ours), 48, 48)
    if not shutil.which("rg"):
        print("file: rg is not installed; not compared")
        return good
    one = "|".join("(?:" + re.sub(r"\(\?P?<\w+>", "(?:", pattern) + ")" for pattern in known()[0])
    theirs = ["rg", "--no-config", "-c", "-e", one, path]
    mine, other = best(ours, theirs)
    size = os.path.getsize(path) / 1e6
    print(f"file of {size:.0f} MB: akdoctor {mine:.3f} s ({size / mine:.0f} MB/s), rg {other:.3f} s")
    return report("file, akdoctor / rg", mine / other, 0.6, 0.6 * NOISE) and good


def docker(*words):
    return subprocess.run(["docker", *words], capture_output=True, text=True)


def of_engine(path):
    if docker("version").returncode != 0:
        print("engine: no Docker here; not compared")
        return True
    name = f"akdoctor-logs-speed-{os.getpid()}"
    # The image that the tests of the engine leave behind; else the public one.
    own = docker("image", "inspect", "akdoctor-test:busybox").returncode == 0
    image = "akdoctor-test:busybox" if own else "busybox"
    started = docker("create", "--log-opt", "max-size=2g", "--name", name, image, "cat", "/log")
    if started.returncode != 0:
        print(f"engine: {started.stderr.strip()}; not compared")
        return True
    try:
        docker("cp", path, f"{name}:/log")
        subprocess.run(["docker", "start", "-a", name], stdout=subprocess.DEVNULL)
        ours = [str(PROGRAM), "logs", name, "--all", "-q"]
        url = f"http://d/containers/{name}/logs?stdout=1&stderr=1&timestamps=1&tail=all"
        theirs = ["curl", "-s", "-o", "/dev/null", "--unix-socket", "/var/run/docker.sock", url]
        good = report("engine, memory in MB", memory(ours), 48, 48)
        mine, other = best(ours, theirs)
        print(f"engine: akdoctor {mine:.3f} s, curl {other:.3f} s")
        return report("engine, akdoctor / curl", mine / other, 1.1, 1.1 * NOISE) and good
    finally:
        docker("rm", "-f", name)


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made.log")
        write(path, megabytes)
        good = of_file(path)
        good = of_engine(path) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
