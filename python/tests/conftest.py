"""What the tests share: a server that plays the API, and a clean environment."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
API = "https://abc123.execute-api.eu-west-1.amazonaws.com/v1"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Without the settings, the credentials, and the network proxies of the machine."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MWAA_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@dataclass
class Request:
    """A request that the server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    client_port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: A status, headers, and a body, or a function that does something to the connection instead.
Answer = tuple[int, dict[str, str], bytes] | Callable[[socket.socket], None]


@dataclass
class Server:
    """Plays the API: gives the next answer to each request, and the last one to all others."""

    url: str
    answers: list[Answer]
    requests: list[Request] = field(default_factory=list)

    def answer(self, *answers: Answer) -> None:
        self.answers[:] = answers


def ok(body: Any, status: int = 200, **headers: str) -> Answer:
    content = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return status, content, json.dumps(body).encode()


def problem(code: str, status: int = 424, *, retry_safe: bool | None = None, **headers: str) -> Answer:
    body = {"type": f"urn:mwaa-cli-proxy:problem:{code}", "title": code, "status": status, "detail": f"It is {code}."}
    return ok(body if retry_safe is None else {**body, "retrySafe": retry_safe}, status, **headers)


def disconnect(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


RESULT = {"outcome": "succeeded", "evidence": "JSON", "notes": [], "output": [1], "stdout": "[1]", "stderr": ""}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as played:
        yield played


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Starts a server that plays the API, over TLS if there is a context."""
    played = Server("", [ok(RESULT)])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            played.requests.append(Request(self.command, self.path, headers, body, self.client_address[1]))
            answer = played.answers.pop(0) if len(played.answers) > 1 else played.answers[0]
            if callable(answer):
                self.close_connection = True
                answer(self.connection)
                return
            status, answer_headers, content = answer
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **answer_headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_CONNECT = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Prints nothing."""

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = True
    if tls:
        http_server.socket = tls.wrap_socket(http_server.socket, server_side=True)
    threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    origin = "https://localhost" if tls else "http://127.0.0.1"
    played.url = f"{origin}:{http_server.server_address[1]}/v1"
    yield played
    http_server.shutdown()
    http_server.server_close()


@pytest.fixture
def shell(server: Server) -> Any:
    """The console programs, with the API that the test plays."""
    from shell_support import Shell

    return Shell(server.url)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses take no time. Returns them."""
    pauses: list[float] = []
    sleep = time.sleep

    def pause(seconds: float) -> None:
        # The server of an earlier test may still pause, in its thread.
        if threading.current_thread() is threading.main_thread():
            pauses.append(seconds)
        else:
            sleep(seconds)

    monkeypatch.setattr("mwaa_cli_proxy.client.time.sleep", pause)
    return pauses
