"""What the blocking and the asyncio client have in common: everything but how effects are performed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import quote, urlencode

from ._contract import ANSWER_MEMBERS, DAG_ID_PARAMETER, RUN_ID_PARAMETER, SETTING_VARIABLES, SLOT_WAIT_SECONDS
from ._engine import (
    ApiRequest,
    Clock,
    Engine,
    SlotWait,
    request_with_retry,
    starts_with_read_only_command,
)
from ._session import CONNECT_TIMEOUT, READ_TIMEOUT, Session, encode_json, list_words
from ._signing import CredentialSource, StaticCredentials, get_api_region_of_url
from ._types import CommandResult, EnvironmentEntry, Explanation, GrantedCommand, JsonObject, RunState
from ._wait import ProgressOption, WaitLimits, wait_for_run
from .errors import SettingsError

if TYPE_CHECKING:
    from ._settings import Settings

ProxyType = TypeVar("ProxyType", bound="BaseProxy")


def get_random() -> float:
    """Between 0 and 1. The module `random` takes long to load."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


CLOCK: Final = Clock(now=time.monotonic, random=get_random)

#: One word of a command. Objects and lists are sent as JSON text.
Word = str | int | float | Mapping[str, Any] | Sequence[Any]
Format = Literal["json", "raw"]
Streams = Literal["whole", "split"]


class BaseProxy:
    """The Airflow command line of one environment behind the proxy.

    Args:
        url: The address of the API, including its stage.
        environment: The name of the environment in the configuration of the proxy.
        region: The region of the API. Default: the one in its address, else that of `AWS_REGION`, `AWS_DEFAULT_REGION`,
            or the AWS configuration.
        credentials: AWS credentials, a session of botocore or boto3, or a function that returns one of these. Default:
            those that botocore finds: variables, profiles, SSO, web identity, containers, instances.
        aws_profile: A profile of the AWS configuration. It takes precedence over keys in variables.
        token: An OIDC token instead of a signature, or a function that returns one. It is called for each request.
        token_file: A file with such a token. It is read for each request.
        token_command: A shell command (`sh`) that prints such a token. It is run for each request.
        wait_seconds: How long each command waits for a free slot of the environment, in seconds. 0: it does not wait.
        connect_timeout: How long to wait for a connection, in seconds.
        read_timeout: How long to wait for a response, in seconds. The longest timeout of the proxy is 290 seconds: with
            a shorter one, commands run whose outcome you do not get.

    Raises:
        SettingsError: A setting is missing or invalid.
    """

    def __init__(
        self,
        url: str,
        environment: str,
        *,
        region: str | None = None,
        credentials: CredentialSource | None = None,
        aws_profile: str | None = None,
        token: str | Callable[[], str] | None = None,
        token_file: str | os.PathLike[str] | None = None,
        token_command: str | None = None,
        wait_seconds: float = SLOT_WAIT_SECONDS,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        if not isinstance(environment, str) or not environment:
            variable = SETTING_VARIABLES["environment"]
            raise SettingsError(
                f"No environment is set. Pass its name in the configuration of the proxy, or set {variable}."
            )
        self.environment = environment
        self.wait_seconds = wait_seconds
        self._session = Session(
            url,
            region=region,
            credentials=credentials,
            aws_profile=aws_profile,
            token=token,
            token_file=token_file,
            token_command=token_command,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )

    @classmethod
    def from_settings(
        cls: type[ProxyType], profile: str | None = None, environ: Mapping[str, str] = os.environ
    ) -> ProxyType:
        """Creates a client from environment variables and a profile of the profiles file (`docs/shell.md`).

        Variables take precedence over the profile. Reading the file needs PyYAML: `pip install 'mwaa-cli-proxy[yaml]'`.

        Args:
            profile: The name of a profile. Default: the one that `MWAA_CLI_PROXY_PROFILE` or the file selects.
            environ: The environment variables.

        Raises:
            SettingsError: A setting is missing or invalid.
        """
        from ._settings import load_settings

        return cls._create(load_settings(profile, environ), environ)

    @classmethod
    def _create(cls: type[ProxyType], settings: Settings, environ: Mapping[str, str]) -> ProxyType:
        if settings.url is None:
            variable = SETTING_VARIABLES["url"]
            raise SettingsError(f"This command needs a proxy. Set {variable} to the address of its API.")
        has_token = settings.token or settings.token_file or settings.token_command
        return cls(
            settings.url,
            settings.environment,
            region=get_api_region_of_url(settings.url) or settings.region,
            credentials=None if has_token or settings.aws_profile else StaticCredentials.find(environ),
            aws_profile=None if has_token else settings.aws_profile,
            token=settings.token,
            token_file=settings.token_file,
            token_command=settings.token_command,
            wait_seconds=SLOT_WAIT_SECONDS if settings.wait_seconds is None else settings.wait_seconds,
        )

    def _run(
        self,
        argv: Sequence[Word],
        *,
        idempotency_key: str | None,
        format: Format,  # noqa: A002 - the name of the member in the API
        streams: Streams,
        wait_seconds: float | None,
        on_wait: Callable[[], object] | None,
        timeout: float | None,
    ) -> Engine[CommandResult]:
        words = list_words(argv)
        body: dict[str, Any] = {"argv": words, "format": format}
        if streams != "whole":
            body["streams"] = streams
        headers = {} if idempotency_key is None else {"idempotency-key": _check_key(idempotency_key)}
        request = ApiRequest(
            self._path("cli"), ANSWER_MEMBERS["cli"], starts_with_read_only_command(words), encode_json(body), headers
        )
        answer = yield from self._request(request, self._create_slot_wait(wait_seconds, on_wait), timeout)
        return CommandResult._from_response(answer)

    def _explain(self, argv: Sequence[Word], format: Format) -> Engine[Explanation]:  # noqa: A002
        body = encode_json({"argv": list_words(argv), "format": format})
        request = ApiRequest(self._path("explain"), ANSWER_MEMBERS["explain"], True, body)
        return Explanation._from_response((yield from self._request(request)))

    def _run_state(
        self,
        dag_id: str,
        run_id: str,
        *,
        wait_seconds: float | None = None,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> Engine[RunState]:
        # Percent-encoded as signatures need it: spaces as %20.
        try:
            query = urlencode({DAG_ID_PARAMETER: dag_id, RUN_ID_PARAMETER: run_id}, quote_via=quote, safe="")
        except UnicodeEncodeError as error:
            raise ValueError(f"An id is not valid Unicode: {dag_id!a}, {run_id!a}.") from error
        request = ApiRequest(self._path(f"run?{query}"), ANSWER_MEMBERS["run"], True)
        answer = yield from self._request(request, self._create_slot_wait(wait_seconds, on_wait), timeout)
        return RunState._from_response(dag_id, run_id, answer)

    def _wait(self, dag_id: str, run_id: str, limits: WaitLimits, progress: ProgressOption) -> Engine[RunState]:
        from ._progress import create_display

        display = create_display(progress)
        started = CLOCK.now()
        run: RunState | None = None
        try:
            run = yield from wait_for_run(
                dag_id,
                run_id,
                lambda seconds: self._run_state(dag_id, run_id, timeout=seconds),
                limits,
                display.show,
                CLOCK,
            )
        except (Exception, GeneratorExit):
            raise
        except BaseException:
            display.finish(None, CLOCK.now() - started)
            display.interrupt(self.environment, dag_id, run_id)
            raise
        finally:
            display.finish(run, CLOCK.now() - started)
        return run

    def _commands(self) -> Engine[list[GrantedCommand]]:
        answer = yield from self._request(ApiRequest(self._path("commands"), ANSWER_MEMBERS["commands"], True))
        return [GrantedCommand._from_response(row) for row in answer["commands"]]

    def _environments(self) -> Engine[list[EnvironmentEntry]]:
        answer = yield from self._request(ApiRequest("/environments", ANSWER_MEMBERS["environments"], True))
        return [EnvironmentEntry._from_response(row) for row in answer["environments"]]

    def _request(
        self, request: ApiRequest, slot_wait: SlotWait | None = None, timeout: float | None = None
    ) -> Engine[JsonObject]:
        return request_with_retry(request, self._session.origin, CLOCK, slot_wait, timeout)

    def _create_slot_wait(self, wait_seconds: float | None, on_wait: Callable[[], object] | None) -> SlotWait:
        patience = self.wait_seconds if wait_seconds is None else wait_seconds
        return SlotWait(patience, on_wait, CLOCK.random)

    def _path(self, route: str) -> str:
        return f"/environments/{quote(self.environment, safe='')}/{route}"


def _check_key(key: str) -> str:
    """Other characters would change on the way, and with them the run that the key belongs to."""
    if key.isascii() and key.isprintable() and " " not in key and 0 < len(key) <= 255:
        return key
    raise ValueError(f"An idempotency key has 1 to 255 visible ASCII characters: {key!r}")
