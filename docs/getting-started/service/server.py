"""Greets everybody who asks. /livez says that the process serves, /readyz that it wants requests."""

import os
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {"/": os.environ.get("GREETING", "Good morning"), "/livez": "alive", "/readyz": "ready"}


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "not here").encode())


# A process with the number 1 ends on no signal that it does not take itself.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("", 8080), Greeter).serve_forever()
