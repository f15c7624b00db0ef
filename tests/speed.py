#!/usr/bin/env python3
"""Speed and memory of the built program, as ratios against something in the same run.

usage: tests/speed.py target/release/akdoctor

Prints one line a figure and ends with 1 when one is over its limit.
"""

import http.server
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

SLOW = 2.0  # seconds that one probe is slowed to
LIMIT = 1.0  # seconds that a look may take, for the hanging endpoints
failed = []


def figure(what, value, limit, unit=""):
    mark = "ok" if value <= limit else "OVER"
    print(f"{mark:4} {what}: {value:.2f}{unit} (limit {limit:.2f}{unit})", flush=True)
    if value > limit:
        failed.append(what)


def seconds(argv, **options):
    begun = time.monotonic()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.monotonic() - begun


def median(runs):
    return sorted(runs)[len(runs) // 2]


class Authentik(http.server.BaseHTTPRequestHandler):
    """Ready at once, but for the one path that is slowed."""

    slow_path = None
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == self.slow_path:
            time.sleep(SLOW)
        self.send_response(200)
        self.send_header("X-authentik-id", "0" * 32)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def hanging(count):
    """Sockets that accept (by their backlog) and never answer."""
    sockets = []
    for _ in range(count):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        sockets.append(listener)
    return sockets


def main():
    akdoctor = os.path.abspath(sys.argv[1])
    home = tempfile.mkdtemp()
    # No engine and no configuration of this machine: only what the script serves.
    alone = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "DOCKER_HOST": f"unix://{home}/no-engine.sock",
    }

    # 1. One probe slowed: the run takes as long as its longest chain, not the sum.
    server = serving(Authentik)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    run = [akdoctor, "--url", url]
    quick = median([seconds(run, env=alone, cwd=home) for _ in range(3)])
    Authentik.slow_path = "/if/admin/"
    slowed = seconds(run, env=alone, cwd=home)
    print(f"     nothing slowed {quick:.3f} s, one probe slowed to {SLOW:.0f} s {slowed:.3f} s")
    figure("run with one slow probe / its longest chain", slowed / (SLOW + quick), 1.25)

    # 2. Fifty hanging endpoints end at one limit, on as many ports and on one.
    for what, listeners in (("fifty ports", hanging(50)), ("one port", hanging(1) * 50)):
        urls = [
            f"http://127.0.0.1:{listener.getsockname()[1]}/{at}"
            for at, listener in enumerate(listeners)
        ]
        config = os.path.join(home, "hanging.toml")
        with open(config, "w") as file:
            also = ", ".join(f'"{url}"' for url in urls[1:])
            file.write(f'[authentik]\nurl = "{urls[0]}"\nalso = [{also}]\n')
        run = [akdoctor, "--config", config, "--timeout", f"{LIMIT:.0f}s"]
        took = seconds(run, env=alone, cwd=home)
        figure(f"fifty hanging endpoints on {what} / one limit", took / LIMIT, 1.25)

    # 3. `list` asks nothing and starts nothing.
    seconds([akdoctor, "list"])
    true = median([seconds(["true"]) for _ in range(21)])
    listed = median([seconds([akdoctor, "list"]) for _ in range(21)])
    figure("akdoctor list / (2 x true + 10 ms)", listed / (2 * true + 0.010), 1.0)

    # 4. Memory of a simulated run, at its peak.
    process = subprocess.Popen([akdoctor, "simulate"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    figure("peak memory of a simulated run", usage.ru_maxrss / 1024, 40, " MB")

    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
