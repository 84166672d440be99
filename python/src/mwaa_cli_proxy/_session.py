"""What the clients have in common: the address of the API, its caller, and the requests."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from ._contract import DAG_ID_PARAMETER, RUN_ID_PARAMETER, SETTING_VARIABLES
from ._engine import (
    ApiRequest,
    Clock,
    Engine,
    Send,
    SlotWait,
    create_foreign_answer_problem,
    create_problem_error,
    request_with_retry,
    starts_with_read_only_command,
)
from ._signing import (
    Authenticator,
    CredentialSource,
    SignatureAuthenticator,
    TokenAuthenticator,
    get_api_region,
    read_token_file,
    run_token_command,
)
from ._transport import HttpRequest, HttpResponse, Transport
from ._types import CommandResult, EnvironmentEntry, Explanation, GrantedCommand, JsonObject, RunState
from ._version import __version__
from .errors import SettingsError

T = TypeVar("T")

#: The longest timeout of the proxy is 290 seconds. Whoever disconnects earlier does not get the outcome.
READ_TIMEOUT: Final = 300.0
CONNECT_TIMEOUT: Final = 10.0

CLOCK: Final = Clock(now=time.monotonic, random=random.random)

#: One word of a command. Objects and lists are sent as JSON text.
Word = str | int | float | dict[str, Any] | list[Any]
Format = Literal["json", "raw"]
Streams = Literal["whole", "split"]


class Session:
    """The address of the API and its caller. Creates the requests, and sends them."""

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
            found = (
                region or get_api_region(host) or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            )
            signature = SignatureAuthenticator(found, credentials, aws_profile)
            signature.find_region()
            self._authenticator = signature
        self._transport = Transport(
            url, connect_timeout=connect_timeout, get_ca_bundle=lambda: find_ca_bundle(self._authenticator)
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
        body = None if request.body is None else encode_json(request.body)
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

    def run(
        self,
        environment: str,
        argv: Sequence[Word],
        *,
        idempotency_key: str | None,
        format: Format,  # noqa: A002 - the name of the member in the API
        streams: Streams,
        wait_seconds: float,
        on_wait: Callable[[], object] | None,
        timeout: float | None,
    ) -> Engine[CommandResult]:
        """Runs one command."""
        words = list(argv)
        body: dict[str, Any] = {"argv": words, "format": format}
        if streams != "whole":
            body["streams"] = streams
        request = ApiRequest(
            _environment_path(environment, "cli"),
            starts_with_read_only_command(words),
            body,
            {} if idempotency_key is None else {"idempotency-key": _check_key(idempotency_key)},
        )
        slot_wait = SlotWait(wait_seconds, on_wait, CLOCK.random)
        answer = yield from request_with_retry(request, self.origin, CLOCK, slot_wait, timeout)
        return _read(CommandResult._from_response, answer)

    def explain(self, environment: str, argv: Sequence[Word], format: Format) -> Engine[Explanation]:  # noqa: A002
        """Returns whether a command is allowed."""
        body = {"argv": list(argv), "format": format}
        request = ApiRequest(_environment_path(environment, "explain"), True, body)
        return _read(Explanation._from_response, (yield from request_with_retry(request, self.origin, CLOCK)))

    def run_state(
        self,
        environment: str,
        dag_id: str,
        run_id: str,
        *,
        wait_seconds: float,
        on_wait: Callable[[], object] | None,
        timeout: float | None,
    ) -> Engine[RunState]:
        """The state of a DAG run."""
        # Percent-encoded as signatures need it: spaces as %20.
        query = urlencode({DAG_ID_PARAMETER: dag_id, RUN_ID_PARAMETER: run_id}, quote_via=quote, safe="")
        request = ApiRequest(_environment_path(environment, f"run?{query}"), True)
        slot_wait = SlotWait(wait_seconds, on_wait, CLOCK.random)
        answer = yield from request_with_retry(request, self.origin, CLOCK, slot_wait, timeout)
        return _read(lambda body: RunState._from_response(dag_id, run_id, body), answer)

    def commands(self, environment: str) -> Engine[list[GrantedCommand]]:
        """Lists the commands that the caller may run."""
        request = ApiRequest(_environment_path(environment, "commands"), True)
        answer = yield from request_with_retry(request, self.origin, CLOCK)
        return _read(lambda body: [GrantedCommand._from_response(row) for row in body["commands"]], answer)

    def environments(self) -> Engine[list[EnvironmentEntry]]:
        """Lists the environments in which the caller may run any command."""
        answer = yield from request_with_retry(ApiRequest("/environments", True), self.origin, CLOCK)
        return _read(lambda body: [EnvironmentEntry._from_response(row) for row in body["environments"]], answer)


def encode_json(value: Any) -> bytes:
    """JSON without blanks, because the size of a request is limited."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Words of a command line that are not UTF-8.
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def find_ca_bundle(authenticator: Authenticator) -> str | None:
    """The CA bundle, where botocore looks for it."""
    return os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or authenticator.get_ca_bundle()


def _read(parse: Callable[[JsonObject], T], answer: JsonObject) -> T:
    """A successful response that lacks what the API promises is not from the proxy."""
    try:
        return parse(answer)
    except (KeyError, TypeError):
        raise create_problem_error(create_foreign_answer_problem(200), is_read_only=True) from None


def _environment_path(environment: str, route: str) -> str:
    return f"/environments/{quote(environment, safe='')}/{route}"


def _check_key(key: str) -> str:
    """Other characters would change on the way, and with them the run that the key belongs to."""
    if key.isascii() and key.isprintable() and " " not in key and 0 < len(key) <= 255:
        return key
    raise ValueError(f"An idempotency key has 1 to 255 visible ASCII characters: {key!r}")


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
