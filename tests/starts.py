#!/usr/bin/env python3
"""All apps at once: slow starts take as long as the longest, not their sum.

usage: tests/starts.py target/release/akdoctor

Prints the ratio and ends with 1 when it is over its limit.
"""

import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time

DELAYS = [2.0, 1.8, 1.6, 1.4, 1.2]  # seconds that each app's start takes
LIMIT = 1.25


class App(http.server.BaseHTTPRequestHandler):
    """Leads to authentik after a while."""

    def do_GET(self):
        if self.path == "/auth/login":
            time.sleep(self.server.delay)
            self.send_response(302)
            self.send_header(
                "Location",
                "http://localhost:9/application/o/authorize/?client_id=x&redirect_uri=x&response_type=code",
            )
        else:
            self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serving(delay):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
    server.daemon_threads = True
    server.delay = delay
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def seconds(akdoctor, home, apps):
    """One run of app-start over these apps."""
    with open(os.path.join(home, "akdoctor.toml"), "w") as file:
        # Nothing listens there: only the apps take their time.
        file.write('[authentik]\nurl = "http://localhost:9"\n')
        for at, port in enumerate(apps):
            file.write(f'[[app]]\nname = "App {at}"\nurl = "http://localhost:{port}"\nstart = "/auth/login"\n')
    alone = {
        "HOME": home,
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": f"unix://{home}/no.sock",
    }
    begun = time.monotonic()
    subprocess.run(
        [akdoctor, "app-start", "--config", os.path.join(home, "akdoctor.toml")],
        cwd=home,
        env=alone,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begun


def main():
    akdoctor = os.path.abspath(sys.argv[1])
    home = tempfile.mkdtemp()
    ports = [serving(delay) for delay in DELAYS]
    longest = min(seconds(akdoctor, home, ports[:1]) for _ in range(3))
    together = min(seconds(akdoctor, home, ports) for _ in range(3))
    if longest < DELAYS[0]:
        sys.exit(f"the run took {longest:.2f} s and did not wait for the start")
    ratio = together / longest
    mark = "ok" if ratio <= LIMIT else "OVER"
    print(f"{mark:4} five slow starts against the longest: {ratio:.2f} (limit {LIMIT:.2f}); {together:.2f} s, {longest:.2f} s")
    sys.exit(0 if ratio <= LIMIT else 1)


main()
