"""The Airflow command line of one environment behind the proxy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar

from ._contract import SLOT_WAIT_SECONDS
from ._engine import Engine, Send
from ._session import CONNECT_TIMEOUT, READ_TIMEOUT, Format, Session, Streams, Word
from ._signing import CredentialSource
from ._transport import HttpResponse
from ._types import CommandResult, EnvironmentEntry, Explanation, GrantedCommand, RunState

T = TypeVar("T")


class Proxy:
    """The Airflow command line of one environment behind the proxy."""

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
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self.environment = environment
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

    def run(
        self,
        argv: Sequence[Word],
        *,
        idempotency_key: str | None = None,
        format: Format = "json",  # noqa: A002 - the name of the member in the API
        streams: Streams = "whole",
        wait_seconds: float = SLOT_WAIT_SECONDS,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> CommandResult:
        """Runs one command."""
        return self._perform(
            self._session.run(
                self.environment,
                argv,
                idempotency_key=idempotency_key,
                format=format,
                streams=streams,
                wait_seconds=wait_seconds,
                on_wait=on_wait,
                timeout=timeout,
            )
        )

    def explain(self, argv: Sequence[Word], *, format: Format = "json") -> Explanation:  # noqa: A002
        """Returns whether a command is allowed and what would be sent. Runs nothing."""
        return self._perform(self._session.explain(self.environment, argv, format))

    def run_state(
        self,
        dag_id: str,
        run_id: str,
        *,
        wait_seconds: float = SLOT_WAIT_SECONDS,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> RunState:
        """The state of a DAG run."""
        return self._perform(
            self._session.run_state(
                self.environment, dag_id, run_id, wait_seconds=wait_seconds, on_wait=on_wait, timeout=timeout
            )
        )

    def commands(self) -> list[GrantedCommand]:
        """Lists the commands that the caller may run in this environment."""
        return self._perform(self._session.commands(self.environment))

    def environments(self) -> list[EnvironmentEntry]:
        """Lists the environments in which the caller may run any command."""
        return self._perform(self._session.environments())

    def close(self) -> None:
        """Closes idle connections."""
        self._session.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _perform(self, engine: Engine[T]) -> T:
        """Performs the effects of an engine with blocking calls."""
        try:
            effect = next(engine)
            while True:
                response: HttpResponse | None = None
                try:
                    if isinstance(effect, Send):
                        response = self._session.send(effect)
                    else:
                        time.sleep(effect.seconds)
                except BaseException as error:  # noqa: BLE001 - the engine decides
                    effect = engine.throw(error)
                else:
                    effect = engine.send(response)
        except StopIteration as stop:
            result: T = stop.value
            return result
