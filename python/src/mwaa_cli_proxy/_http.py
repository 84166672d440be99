"""An HTTP request, its response, and what is known while there is none. The HTTP client itself takes long to load."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


@dataclass(frozen=True)
class HttpRequest:
    """A request that is ready to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class HttpResponse:
    """A response that was received completely. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ConnectionFailure(Exception):  # noqa: N818 - it never reaches a caller
    """No complete response was received."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Exchange:
    """One request on the wire, for whoever waits for its response.

    Attributes:
        is_sent: Whether the connection was established, so that the request may have been received.
    """

    def __init__(self) -> None:
        self.is_sent = False
        self._socket: socket.socket | None = None
        self._is_aborted = False
        self._lock = threading.Lock()

    def attach(self, connected: socket.socket) -> None:
        """The request is about to be written to this socket."""
        with self._lock:
            self._check()
            self._socket = connected
            self.is_sent = True

    def detach(self) -> None:
        """The response is complete, and the socket may serve another exchange."""
        with self._lock:
            self._check()
            self._socket = None

    def abort(self) -> None:
        """Ends the exchange from another thread. The thread that waits for the response gets an error."""
        with self._lock:
            self._is_aborted = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(2)  # SHUT_RDWR

    def _check(self) -> None:
        if self._is_aborted:
            raise ConnectionFailure("aborted")
