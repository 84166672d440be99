"""MWAA without a proxy, for code inside the network of the environment."""

from __future__ import annotations

import base64
import binascii
import os
import random
import re
import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import quote, urljoin, urlsplit

from ._base import Word
from ._contract import PROBLEM_TYPE_PREFIX, PROBLEM_TYPES, WEB_SERVER_HOST_PATTERNS
from ._engine import add_jitter, create_problem_error, parse_json_object, starts_with_read_only_command
from ._http import ConnectionFailure, Exchange, HttpRequest, HttpResponse
from ._session import CONNECT_TIMEOUT, READ_TIMEOUT, encode_json, find_ca_bundle, list_words
from ._sign_request import sign_request
from ._signing import CredentialSource, SignatureAuthenticator
from ._version import __version__
from .errors import ProblemError

#: MWAA documents a lifetime of 60 seconds. The request still has to reach the web server and be checked.
TOKEN_SECONDS: Final = 60 - 15
MAX_TOKEN_ATTEMPTS: Final = 3
FIRST_TOKEN_PAUSE: Final = 0.2
TOKEN_TIMEOUT: Final = 10.0
#: The signing name of MWAA.
SIGNING_NAME: Final = "airflow"
#: What MWAA answers to a command that it does not allow.
_NOT_ALLOWED: Final = re.compile(r"\bsub-?\s?command not allowed\b", re.IGNORECASE)
_NOTHING_RAN: Final = "Nothing was run."


@dataclass(frozen=True)
class DirectResult:
    """What came back from MWAA.

    Attributes:
        outcome: `succeeded` or `failed` if MWAA sent the exit code of Airflow's process, which it does not document.
            Else `unverified`: read the streams yourself, and do not take a phrase in them for a success.
        stdout: Standard output, decoded and otherwise unchanged.
        stderr: Standard error, decoded and otherwise unchanged. A command that succeeded may print there, too.
        returncode: The exit code of Airflow's process, if MWAA sent it.
        command_line: What was sent.
    """

    outcome: Literal["succeeded", "failed", "unverified"]
    stdout: str
    stderr: str
    returncode: int | None
    command_line: str


class DirectAirflow:
    """The Airflow command line of one environment, without a proxy: `CreateCliToken`, and one POST to the web server.

    It works only where the web server can be reached, and needs `airflow:CreateCliToken`, with which the caller can run
    every command. Compared with `Proxy`:

    - **The outcome is not judged.** MWAA documents no exit code, and an HTTP status of 200 does not mean that the
      command succeeded. So `outcome` is `unverified`, unless MWAA sent an exit code.
    - **Nothing guards a trigger against repeats.** There is no idempotency key. To send a trigger again safely, give it
      a `--run-id`, which Airflow accepts once.
    - **The command is not checked.** It is sent as it is, also with a typing error in an option. Nothing adds
      `--output json`.
    - **It is not sent again**, also if that would be safe: not while MWAA runs as many commands as it can
      (`AirflowBusyError`), and not after a lost connection (`OutcomeUnknownError`, if the command may change
      something).

    Can be used by several threads at the same time.

    Example:
        ```python
        from mwaa_cli_proxy.direct import DirectAirflow

        result = DirectAirflow("my-environment", region="eu-west-1").run(["dags", "list", "--output=json"])
        ```

    Args:
        environment: The name of the environment in MWAA.
        region: The region of the environment. Default: that of `AWS_REGION`, `AWS_DEFAULT_REGION`, or the AWS
            configuration.
        credentials: As for `Proxy`.
        aws_profile: A profile of the AWS configuration.
        web_server_hostname: The host name of the web server, if it is not the one that MWAA returns.
        connect_timeout: How long to wait for a connection, in seconds.
        read_timeout: How long to wait for a response, in seconds.

    Raises:
        SettingsError: A setting is missing or invalid.
    """

    def __init__(
        self,
        environment: str,
        *,
        region: str | None = None,
        credentials: CredentialSource | None = None,
        aws_profile: str | None = None,
        web_server_hostname: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self.environment = environment
        self._authenticator = SignatureAuthenticator(region, credentials, aws_profile)
        self._web_server_hostname = web_server_hostname
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def run(self, argv: Sequence[Word]) -> DirectResult:
        """Runs one command.

        Args:
            argv: The words of the command, without the leading `airflow`. Dictionaries and lists are sent as JSON text.

        Raises:
            ProblemError: The command did not run, or nothing shows whether it ran. The codes are those of the proxy.
            SettingsError: The credentials are missing or invalid.
        """
        words = list_words(argv)
        command_line = render_command_line(words)
        is_read_only = starts_with_read_only_command(words)
        token = self._get_token()
        response = self._post(token, command_line, is_read_only)
        return self._read(response, token, command_line, is_read_only)

    def _post(self, token: _Token, command_line: str, is_read_only: bool) -> HttpResponse:
        from ._transport import Transport

        origin = self._get_origin(token.hostname)
        transport = Transport(
            origin,
            connect_timeout=self._connect_timeout,
            get_ca_bundle=partial(find_ca_bundle, self._authenticator),
        )
        headers = {
            "authorization": f"Bearer {token.text}",
            "content-type": "text/plain",
            "user-agent": f"mwaa-cli-proxy-python/{__version__}",
        }
        target: str | None = "/aws_mwaa/cli"
        try:
            for _ in range(2):
                exchange = Exchange()
                request = HttpRequest("POST", f"{origin}{target}", headers, command_line.encode())
                response = transport.send(request, exchange, self._read_timeout, is_repeatable=False)
                target = self._get_redirect_target(response, origin)
                if target is None:
                    return response
        except ConnectionFailure as failure:
            raise _create_lost_problem(token.hostname, failure, exchange.is_sent, is_read_only) from failure.__cause__
        finally:
            transport.close()
        raise _create_redirect_problem(token.hostname, "it redirects a second time")

    def _get_redirect_target(self, response: HttpResponse, origin: str) -> str | None:
        """Where Airflow 3 redirects the path of Airflow 2. 307 and 308 mean that the request was not processed."""
        if response.status not in (307, 308):
            return None
        base = urlsplit(origin)
        try:
            split = urlsplit(urljoin(f"{origin}/", response.headers.get("location", "")))
            host, is_same = split.hostname, split.scheme == base.scheme and split.port in (base.port, 443)
        except ValueError:
            host, is_same = None, False
        if not is_same or host != base.hostname:
            raise _create_redirect_problem(base.hostname, f"it redirects to {host or 'an invalid address'}")
        target = f"{split.path}?{split.query}" if split.query else split.path
        return quote(target, safe="/%?=&")

    def _read(self, response: HttpResponse, token: _Token, command_line: str, is_read_only: bool) -> DirectResult:
        status = response.status
        streams = decode_streams(response.body)
        if streams is None:
            if _NOT_ALLOWED.search(response.body.decode("utf-8", "replace")) and not _NOT_ALLOWED.search(command_line):
                raise _create_problem("command-refused", f"MWAA does not allow this command. {_NOTHING_RAN}", status)
            if status in (401, 403):
                self._forget_token(token)
                detail = (
                    "MWAA rejected the command or its token. To find out which, send the command version. "
                    "MWAA does not allow every command in every release."
                )
                raise _create_problem("command-refused", f"{detail} {_NOTHING_RAN}", status)
            if status == 503:
                detail = "MWAA runs about four commands at once and did not start this one. Wait, then send it again."
                raise _create_problem("airflow-busy", f"{detail} {_NOTHING_RAN}", status)
        if streams is None or status not in (200, 400):
            reason = "the response could not be read" if status == 200 else f"MWAA returned HTTP {status}"
            raise _create_unknown_problem(reason, is_read_only, status)
        stdout, stderr, returncode = streams
        outcome: Literal["succeeded", "failed", "unverified"] = "unverified"
        if returncode:
            outcome = "failed"
        elif returncode == 0 and status == 200:
            outcome = "succeeded"
        return DirectResult(outcome, stdout, stderr, returncode, command_line)

    def _get_origin(self, hostname: str) -> str:
        return f"https://{hostname}"

    def _get_token(self) -> _Token:
        with self._lock:
            if self._token is None or time.monotonic() >= self._token.until:
                self._token = self._create_token()
            return self._token

    def _forget_token(self, token: _Token) -> None:
        with self._lock:
            if self._token is token:
                self._token = None

    def _create_token(self) -> _Token:
        # The age counts from before the request.
        until = time.monotonic() + TOKEN_SECONDS
        issued = self._request_token()
        text, hostname = issued.get("CliToken"), self._web_server_hostname or issued.get("WebServerHostname")
        if not text or not isinstance(hostname, str) or not hostname:
            detail = f"MWAA issued no token. {_NOT_AVAILABLE} {_NOTHING_RAN}"
            raise _create_problem("environment-not-available", detail)
        if self._web_server_hostname is None and not is_mwaa_host(hostname):
            detail = f"MWAA returned {hostname!r} as the web server, which is not a host of MWAA."
            raise _create_problem("host-refused", f"{detail} If it is yours, pass web_server_hostname. {_NOTHING_RAN}")
        return _Token(text, hostname, until)

    def _request_token(self) -> Mapping[str, Any]:
        """Calls `CreateCliToken`, again if that may help. It only creates a token."""
        for attempt in range(1, MAX_TOKEN_ATTEMPTS + 1):
            is_last = attempt == MAX_TOKEN_ATTEMPTS
            try:
                response = self._send_token_request()
            except ConnectionFailure as failure:
                if is_last:
                    detail = f"The MWAA API cannot be reached ({failure.reason}). Check the region and the network."
                    raise _create_problem("token-unreachable", f"{detail} {_NOTHING_RAN}") from failure.__cause__
            else:
                body = parse_json_object(response.body)
                if response.status == 200 and body is not None:
                    return body
                problem = _create_token_problem(response, body or {})
                if is_last or not (problem.code == "token-throttled" or response.status >= 500):
                    raise problem
            time.sleep(add_jitter(FIRST_TOKEN_PAUSE * 2 ** (attempt - 1), random.random))
        raise AssertionError

    def _send_token_request(self) -> HttpResponse:
        from ._transport import Transport

        region = self._authenticator.region
        origin = get_token_origin(region)
        transport = Transport(
            origin,
            connect_timeout=self._connect_timeout,
            get_ca_bundle=partial(find_ca_bundle, self._authenticator),
        )
        url = f"{origin}/clitoken/{quote(self.environment, safe='')}"
        now = datetime.now(timezone.utc)
        credentials = self._authenticator.find_credentials()
        headers = sign_request("POST", url, {}, b"", credentials, region, SIGNING_NAME, now)
        try:
            return transport.send(HttpRequest("POST", url, headers, b""), Exchange(), TOKEN_TIMEOUT, is_repeatable=True)
        finally:
            transport.close()


def get_token_origin(region: str) -> str:
    """The origin of MWAA's API for tokens. The variables are those of the AWS SDKs."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_MWAA") or os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        endpoint = f"https://airflow.{region}.{suffix}"
    split = urlsplit(endpoint)
    return f"{split.scheme}://env.{split.netloc}"


@dataclass(frozen=True)
class _Token:
    text: str
    hostname: str
    until: float


def render_command_line(argv: Sequence[Word]) -> str:
    """The quoted words. Python's `shlex` and a POSIX shell read them alike."""
    return shlex.join(word if isinstance(word, str) else encode_json(word).decode() for word in argv)


def decode_streams(body: bytes) -> tuple[str, str, int | None] | None:
    """Standard output, standard error, and the exit code. None if the body is not the response to a command."""
    response = parse_json_object(body)
    if response is None or "stdout" not in response or "stderr" not in response:
        return None
    streams = [_decode_base64(response[name]) for name in ("stdout", "stderr")]
    returncode = response.get("returncode")
    if isinstance(returncode, float) and returncode.is_integer():
        returncode = int(returncode)
    if streams[0] is None or streams[1] is None or isinstance(returncode, bool):
        return None
    # An unreadable exit code could contradict what the streams show.
    return (streams[0], streams[1], returncode) if returncode is None or isinstance(returncode, int) else None


def _decode_base64(value: Any) -> str | None:
    if value is None:
        return ""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def is_mwaa_host(hostname: str) -> bool:
    """Whether only MWAA can have this name. A token allows everything on the environment: it is sent nowhere else."""
    return any(re.fullmatch(pattern, hostname.lower()) for pattern in WEB_SERVER_HOST_PATTERNS)


_NOT_AVAILABLE: Final = (
    "Check the environment's status in MWAA: an environment that is being created, updated or restored issues no token."
)
_NOT_PERMITTED: Final = "Your role or user needs airflow:CreateCliToken on this environment."
_INVALID_CREDENTIALS: Final = (
    "MWAA rejects your AWS credentials: get new ones, and check that they are for this account and partition."
)
_NO_ENVIRONMENT: Final = (
    "MWAA has no environment of this name in this account and region: check the name, the region and which account "
    "your credentials belong to."
)
_THROTTLED: Final = "MWAA throttles requests for tokens. Wait a moment, then send the command again."

#: Only ResourceNotFoundException is in the service's model. The others are AWS's common errors.
_TOKEN_FAILURES: Final[Mapping[str | int, tuple[str, str]]] = {
    "ResourceNotFoundException": ("no-such-environment", _NO_ENVIRONMENT),
    "AccessDeniedException": ("token-not-permitted", _NOT_PERMITTED),
    "UnrecognizedClientException": ("token-not-permitted", _INVALID_CREDENTIALS),
    "InvalidClientTokenId": ("token-not-permitted", _INVALID_CREDENTIALS),
    "InvalidSignatureException": ("token-not-permitted", _INVALID_CREDENTIALS),
    "ExpiredTokenException": ("token-not-permitted", _INVALID_CREDENTIALS),
    "ExpiredToken": ("token-not-permitted", _INVALID_CREDENTIALS),
    "ThrottlingException": ("token-throttled", _THROTTLED),
    "TooManyRequestsException": ("token-throttled", _THROTTLED),
    401: ("token-not-permitted", _INVALID_CREDENTIALS),
    403: ("token-not-permitted", _NOT_PERMITTED),
    404: ("no-such-environment", _NO_ENVIRONMENT),
    429: ("token-throttled", _THROTTLED),
}


def _create_token_problem(response: HttpResponse, body: Mapping[str, Any]) -> ProblemError:
    """The error's own text is left out: it contains ARNs."""
    status = response.status
    named = response.headers.get("x-amzn-errortype") or body.get("__type") or body.get("code")
    name = str(named or "no name").partition(":")[0].rpartition("#")[2]
    failure = _TOKEN_FAILURES.get(name) or _TOKEN_FAILURES.get(status) or ("environment-not-available", _NOT_AVAILABLE)
    code, remedy = failure
    return _create_problem(code, f"MWAA issued no CLI token ({name}, {status}). {remedy} {_NOTHING_RAN}", status)


def _create_lost_problem(host: str, failure: ConnectionFailure, is_sent: bool, is_read_only: bool) -> ProblemError:
    if is_sent:
        return _create_unknown_problem(failure.reason, is_read_only)
    remedy = "A private environment can be reached only from inside its VPC: use a machine in the VPC, or a proxy."
    detail = f"The Airflow web server {host} cannot be reached ({failure.reason}). {remedy} {_NOTHING_RAN}"
    return _create_problem("airflow-unreachable", detail)


def _create_redirect_problem(host: str | None, reason: str) -> ProblemError:
    detail = f"The Airflow web server {host} returned a redirect that is not followed: {reason}. {_NOTHING_RAN}"
    return _create_problem("redirect-refused", detail)


def _create_unknown_problem(reason: str, is_read_only: bool, status: int | None = None) -> ProblemError:
    if is_read_only:
        detail = f"Airflow returned no output: {reason}. The command changes nothing, so you can send it again."
        return _create_problem("airflow-error", detail, status)
    remedy = "Check in Airflow whether it ran before you send it again."
    detail = f"The command was sent, and its outcome is unknown: {reason}. {remedy}"
    return _create_problem("outcome-unknown", detail, status)


def _create_problem(code: str, detail: str, upstream_status: int | None = None) -> ProblemError:
    kind = PROBLEM_TYPES[code]
    problem: dict[str, Any] = {
        "type": f"{PROBLEM_TYPE_PREFIX}{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "retrySafe": kind.retry_safe,
    }
    if upstream_status is not None:
        problem["upstreamStatus"] = upstream_status
    return create_problem_error(problem, is_read_only=False)
