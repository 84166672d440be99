"""Sends HTTP requests: one connection attempt, no redirects, no retries."""

from __future__ import annotations

import base64
import http.client
import io
import os
import re
import select
import socket
import ssl
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ._http import ConnectionFailure, Exchange, HttpRequest, HttpResponse
from .errors import SettingsError

#: Idle connections are not reused for longer, because a server may be about to close them.
MAX_IDLE_SECONDS = 20.0
MAX_IDLE_CONNECTIONS = 32
KEEP_ALIVE_SECONDS = 60
#: What `http.client` raises. The last three: at a host that cannot be resolved, and at a length that cannot be right.
_FAILURES = (OSError, http.client.HTTPException, ValueError, OverflowError, MemoryError)


class _TimedStream(io.RawIOBase):
    """Reads a response until a point in time. The timeout of a socket is for each part of a response."""

    def __init__(self, connected: socket.socket, stream: io.RawIOBase, until: float) -> None:
        self._connected = connected
        self._stream = stream
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connected.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _FinalResponse(http.client.HTTPResponse):
    """Skips what precedes the answer, such as `103 Early Hints`. Else the next request would get the answer."""

    def begin(self) -> None:
        super().begin()
        while self.status < 200:
            self.headers = None  # type: ignore[assignment]
            super().begin()


def _create_response(until: float, connected: socket.socket, **options: Any) -> http.client.HTTPResponse:
    response = _FinalResponse(connected, **options)
    response.fp = io.BufferedReader(_TimedStream(connected, response.fp.detach(), until))
    return response


class _IdleConnection:
    def __init__(self, connection: http.client.HTTPConnection, lifetime: float) -> None:
        self.connection = connection
        self._until = time.monotonic() + lifetime

    @property
    def is_usable(self) -> bool:
        connected = self.connection.sock
        if connected is None or time.monotonic() >= self._until:
            return False
        # Readable without a request: the server has closed the connection.
        return not _is_readable(connected)


def _close_all(idle: list[_IdleConnection]) -> None:
    while idle:
        idle.pop().connection.close()


def _is_readable(connected: socket.socket) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([connected], [], [], 0)[0])
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


class Transport:
    """Sends requests to one API, from any number of threads."""

    def __init__(self, url: str, *, connect_timeout: float, get_ca_bundle: Callable[[], str | None]) -> None:
        self._url = urlsplit(url)
        self._proxy = _find_proxy(self._url)
        self._connect_timeout = connect_timeout
        self._get_ca_bundle = get_ca_bundle
        self._lock = threading.Lock()
        self._idle: list[_IdleConnection] = []
        weakref.finalize(self, _close_all, self._idle)
        self._context: ssl.SSLContext | None = None
        self._process_id = os.getpid()

    def send(self, request: HttpRequest, exchange: Exchange, timeout: float, is_repeatable: bool) -> HttpResponse:
        """Sends a request and reads its response.

        Args:
            request: A request to the API of this transport.
            exchange: Notes whether the request was sent.
            timeout: How long to wait for the complete response, in seconds.
            is_repeatable: Whether the request may go through a connection that was used before. If the server closes
                such a connection at this moment, nothing shows whether it received the request.

        Raises:
            ConnectionFailure: There is no complete response.
        """
        until = time.monotonic() + timeout
        with ExitStack() as cleanup:
            try:
                connection = self._take() if is_repeatable else None
                if connection is None:
                    connection = self._connect(min(timeout, self._connect_timeout))
                cleanup.callback(connection.close)
                connection.sock.settimeout(timeout)
                exchange.attach(connection.sock)
                connection.request(request.method, *self._address(request))
                connection.response_class = partial(_create_response, until)  # type: ignore[assignment]
                response = connection.getresponse()
                cleanup.callback(response.close)
                body = response.read()
                exchange.detach()
            except _FAILURES as error:
                raise ConnectionFailure(_describe(error)) from error
            cleanup.pop_all()
        self._give_back(connection, response)
        return HttpResponse(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def close(self) -> None:
        """Closes idle connections."""
        with self._lock:
            _close_all(self._idle)

    def _take(self) -> http.client.HTTPConnection | None:
        with self._lock:
            if self._process_id != os.getpid():
                # The connections belong to the parent process, which goes on using its copies.
                _close_all(self._idle)
                self._process_id = os.getpid()
            while self._idle:
                idle = self._idle.pop()
                if idle.is_usable:
                    return idle.connection
                idle.connection.close()
        return None

    def _give_back(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        lifetime = _get_idle_lifetime(response)
        with self._lock:
            is_kept = connection.sock is not None and lifetime > 0 and len(self._idle) < MAX_IDLE_CONNECTIONS
            if is_kept and self._process_id == os.getpid():
                self._idle.append(_IdleConnection(connection, lifetime))
                return
        connection.close()

    def _address(self, request: HttpRequest) -> tuple[str, bytes | None, Mapping[str, str]]:
        """The target, body, and headers of a request. A network proxy gets plain HTTP with the whole URL."""
        if self._proxy and self._url.scheme == "http":
            return request.url, request.body, {**request.headers, **self._proxy.headers}
        split = urlsplit(request.url)
        return f"{split.path}?{split.query}" if split.query else split.path, request.body, request.headers

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        proxy = self._proxy
        connection: http.client.HTTPConnection
        if self._url.scheme == "http":
            first_host, first_port = (proxy.host, proxy.port) if proxy else (host, port)
            connection = http.client.HTTPConnection(first_host, first_port, timeout=timeout)
        else:
            context = self._get_context()
            if proxy:
                connection = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=timeout, context=context)
                connection.set_tunnel(host, port or 443, dict(proxy.headers))
            else:
                connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        _keep_alive(connection.sock)
        return connection

    def _get_context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = create_ssl_context(self._get_ca_bundle())
            return self._context


def create_ssl_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Creates a context that trusts a bundle, or else the certificates of the system and of `SSL_CERT_FILE`.

    Raises:
        SettingsError: The bundle cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The CA bundle {ca_bundle} cannot be read: {_describe(error)}.") from error
    paths = ssl.get_default_verify_paths()
    if ca_bundle is None and paths.cafile is None and paths.capath is None and sys.platform != "win32":
        # A Python without certificates, as from python.org on macOS. botocore brings some.
        import importlib.util

        botocore = importlib.util.find_spec("botocore")
        for folder in (botocore and botocore.submodule_search_locations) or ():
            context.load_verify_locations(os.path.join(folder, "cacert.pem"))
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class _Proxy:
    host: str
    port: int
    headers: Mapping[str, str]


def _find_proxy(url: SplitResult) -> _Proxy | None:
    """The network proxy for a URL, from the variables that botocore reads, too."""
    if sys.platform not in ("darwin", "win32") and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    address = getproxies().get(url.scheme)
    if not address or proxy_bypass(url.netloc):
        return None
    try:
        proxy = urlsplit(address if "://" in address else f"http://{address.removeprefix('//')}")
        host, port = proxy.hostname or "", proxy.port or 80
        is_usable = proxy.scheme == "http" and proxy.hostname is not None
    except ValueError:
        is_usable = False
    if not is_usable:
        raise SettingsError(
            f"The network proxy of {url.scheme.upper()}_PROXY must have a URL like http://proxy.example.com:3128."
        )
    headers: dict[str, str] = {}
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["proxy-authorization"] = f"Basic {base64.b64encode(user.encode()).decode('ascii')}"
    return _Proxy(host, port, headers)


def _get_idle_lifetime(response: http.client.HTTPResponse) -> float:
    """How long a connection may be reused. A server that says when it closes it gets a margin of a second."""
    for part in (response.getheader("keep-alive") or "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "timeout" and re.fullmatch("[0-9]{1,9}", value):
            return min(int(value) - 1.0, MAX_IDLE_SECONDS)
    return MAX_IDLE_SECONDS


def _keep_alive(connected: socket.socket) -> None:
    """Network devices forget connections on which nothing is sent. A command may take minutes."""
    with suppress(OSError):
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
        if idle is not None:
            connected.setsockopt(socket.IPPROTO_TCP, idle, KEEP_ALIVE_SECONDS)


def _describe(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text.strip().rstrip(".")
