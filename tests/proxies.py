"""A reverse proxy in front of a server, which shows it below a path."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# What is meant for one connection only (RFC 9110, 7.6.1), and what is written anew.
_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@contextmanager
def proxied(
    address: str, path: str, *, strips: bool, headers: dict[str, str] | None = None
) -> Iterator[str]:
    """The address of the proxy with the path; what is asked of it elsewhere is not found.

    It passes on the Host, as every manual of a proxy has it, and `headers` beside.
    """
    upstream = urlsplit(address)

    class Pass(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            here = self.path.split("?")[0]
            if here != path and not here.startswith(f"{path}/"):
                self.send_error(404)
                return
            asked = self.path.removeprefix(path) if strips else self.path
            if not asked.startswith("/"):
                asked = f"/{asked}"
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            there = HTTPConnection(upstream.hostname or "", upstream.port or 80, timeout=60)
            sent = {**dict(self.headers.items()), **(headers or {})}
            there.request(self.command, asked, body, sent)
            answer = there.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            there.close()
            with suppress(ConnectionError):  # a browser that goes on leaves
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _pass  # noqa: N815 - names of http.server

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pass) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{path}"
        server.shutdown()
