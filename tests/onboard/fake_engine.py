"""A scripted engine: a program that plays one behaviour in each of its lives. It is not a test and imports no model.

serve    says a port, answers token questions there, and lives until its standard input closes
deaf     like serve, but ignores the closed pipe
crash    ends at once with code 3 and last words
error    reports that it could not load
babble   says something that is no report
illegal  dies of an illegal instruction, as on a processor without AVX2
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """One word is one token."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/apply-template":
            answer = {"prompt": " ".join(message["content"] for message in body["messages"])}
        else:
            answer = {"tokens": list(range(len(body["content"].split())))}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    lives, *behaviours = sys.argv[1:]
    folder = Path(lives)
    folder.mkdir(exist_ok=True)
    number = len(list(folder.iterdir()))
    orders = json.loads(sys.stdin.readline())
    (folder / f"{number}.json").write_text(json.dumps({"orders": orders, "environment": dict(os.environ)}))
    play(behaviours[min(number, len(behaviours) - 1)])


def play(behaviour: str) -> None:
    if behaviour == "crash":
        print("out of luck", file=sys.stderr)
        sys.exit(3)
    if behaviour == "error":
        print(json.dumps({"error": "this is no model"}), flush=True)
        sys.exit(1)
    if behaviour == "babble":
        print("hello", flush=True)
        sys.exit(0)
    if behaviour == "illegal":
        os.kill(os.getpid(), signal.SIGILL)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    sys.stdin.read()
    if behaviour == "deaf":
        time.sleep(3600)


if __name__ == "__main__":
    main()
