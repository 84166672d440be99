"""What the clients have in common: the address of the API, its caller, and the requests."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from ._contract import SETTING_VARIABLES
from ._engine import (
    Send,
)
from ._http import HttpRequest, HttpResponse
from ._signing import (
    Authenticator,
    CredentialSource,
    SignatureAuthenticator,
    TokenAuthenticator,
    get_api_region,
    read_token_file,
    run_token_command,
)
from ._version import __version__
from .errors import SettingsError

#: The longest timeout of the proxy is 290 seconds. Whoever disconnects earlier does not get the outcome.
READ_TIMEOUT: Final = 300.0
CONNECT_TIMEOUT: Final = 10.0


class Session:
    """The address of the API and its caller. Sends requests."""

    def __init__(
        self,
        url: str,
        *,
        region: str | None,
        credentials: CredentialSource | None,
        aws_profile: str | None,
        token: str | Callable[[], str] | None,
        token_file: str | os.PathLike[str] | None,
        token_command: str | None,
        connect_timeout: float,
        read_timeout: float,
    ) -> None:
        self._base, self.origin, host = _parse_url(url)
        self._read_timeout = read_timeout
        self._authenticator: Authenticator
        get_token = _create_token_source(token, token_file, token_command)
        if get_token is not None:
            if credentials is not None or aws_profile is not None:
                raise SettingsError("A caller has either a token or AWS credentials. Leave one of them out.")
            self._authenticator = TokenAuthenticator(get_token)
        else:
            self._authenticator = SignatureAuthenticator(region or get_api_region(host), credentials, aws_profile)
        from ._transport import Transport

        self._transport = Transport(
            self._base, connect_timeout=connect_timeout, get_ca_bundle=partial(find_ca_bundle, self._authenticator)
        )

    def send(self, effect: Send) -> HttpResponse:
        """Performs an effect. Blocks until the response is there.

        Raises:
            ConnectionFailure: There is no response.
            SettingsError: The caller has no credentials.
        """
        request = effect.request
        url = f"{self._base}{self._authenticator.prefix}{request.path}"
        method = "GET" if request.body is None else "POST"
        body = request.body
        headers = dict(request.headers)
        if body is not None:
            headers["content-type"] = "application/json"
        authenticated = self._authenticator.authenticate(method, url, headers, body)
        authenticated["user-agent"] = f"mwaa-cli-proxy-python/{__version__}"
        timeout = self._read_timeout if effect.seconds is None else min(max(effect.seconds, 0.001), self._read_timeout)
        http_request = HttpRequest(method, url, authenticated, body)
        return self._transport.send(http_request, effect.exchange, timeout, request.is_repeatable)

    def close(self) -> None:
        """Closes idle connections."""
        self._transport.close()


def list_words(argv: Sequence[Any]) -> list[Any]:
    """The words of a command."""
    if isinstance(argv, (str, bytes)):
        raise TypeError(f"A command is a list of words, such as ['dags', 'list'], and not one text: {argv!r}")
    return list(argv)


def encode_json(value: Any) -> bytes:
    """JSON without blanks, because the size of a request is limited."""
    encode = partial(json.dumps, allow_nan=False, separators=(",", ":"), default=_convert)
    try:
        return encode(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Words of a command line that are not UTF-8.
        return encode(value).encode()


def _convert(value: Any) -> Any:
    """What is like a dictionary or a list, but neither."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return list(value)
    raise TypeError(f"A value of type {type(value).__name__} has no JSON form.")


def find_ca_bundle(authenticator: Authenticator) -> str | None:
    """The CA bundle, where botocore looks for it."""
    return os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or authenticator.get_ca_bundle()


def _parse_url(url: str) -> tuple[str, str, str]:
    """The URL without a slash at its end, its origin, and its host."""
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        host, port = None, None
    if (
        host is None
        or split.scheme not in ("https", "http")
        or not url.isprintable()
        or not url.isascii()
        or " " in url
    ):
        variable = SETTING_VARIABLES["url"]
        raise SettingsError(
            f"{variable} is not a valid URL: {url}. Set it to the address of the API, as in "
            "https://abc123.execute-api.eu-west-1.amazonaws.com/v1."
        )
    name = f"[{host}]" if ":" in host else host
    origin = f"{split.scheme}://{name}{'' if port is None else f':{port}'}"
    return f"{origin}{split.path.rstrip('/')}", origin, host


def _create_token_source(
    token: str | Callable[[], str] | None, token_file: str | os.PathLike[str] | None, token_command: str | None
) -> Callable[[], str] | None:
    if sum(setting is not None for setting in (token, token_file, token_command)) > 1:
        raise SettingsError("A caller has one token: pass one of token, token_file, and token_command.")
    if token_file is not None:
        file = os.fspath(token_file)
        return lambda: read_token_file(file)
    if token_command is not None:
        command = token_command
        return lambda: run_token_command(command)
    if isinstance(token, str):
        value = token
        return lambda: value
    return token
