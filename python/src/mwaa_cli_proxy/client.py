"""The client that blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar

from ._base import BaseProxy, Format, Streams, Word
from ._contract import POLL_INTERVAL_SECONDS, WAIT_TIMEOUT_SECONDS
from ._engine import Engine, Send
from ._http import HttpResponse
from ._types import CommandResult, EnvironmentEntry, Explanation, GrantedCommand, RunState
from ._wait import ProgressOption, WaitLimits

T = TypeVar("T")


class Proxy(BaseProxy):
    """The Airflow command line of one environment behind the proxy.

    Can be used by several threads at the same time. As a context manager, it closes its idle connections at the end.

    An exception that interrupts a call, such as KeyboardInterrupt, has a cause if something is known about the command:
    a `BusyError` if it was waiting for a slot and did not run, a `NoResponseError` if it may have run.

    Example:
        ```python
        from mwaa_cli_proxy import Proxy

        proxy = Proxy("https://abc123.execute-api.eu-west-1.amazonaws.com/v1", "analytics-prod")
        result = proxy.run(["dags", "trigger", "daily_report"], idempotency_key="report-2026-11-22")
        run = proxy.wait("daily_report", result.run_id)
        ```
    """

    def run(
        self,
        argv: Sequence[Word],
        *,
        idempotency_key: str | None = None,
        format: Format = "json",  # noqa: A002 - the name of the member in the API
        streams: Streams = "whole",
        wait_seconds: float | None = None,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> CommandResult:
        """Runs one command.

        A request is repeated only if that cannot run a command twice: while no slot is free; if the problem says that
        a repeat is safe and when it is due; and, with an `idempotency_key` or for a command that only reads, also after
        an unknown outcome or a lost connection.

        Args:
            argv: The words of the command, without the leading `airflow`. Dictionaries and lists are sent as JSON text.
            idempotency_key: A trigger creates one run per key, however often it is sent. 1 to 255 visible ASCII
                characters.
            format: `json` adds the option for JSON output to commands that have one. `raw` sends the command as it is.
            streams: `split` returns the answer and the messages in `raw`, in place of the two streams.
            wait_seconds: How long to wait for a free slot of the environment. 0: do not wait. Default: that of the
                client.
            on_wait: Called once, if no slot was free for a few seconds and the command keeps waiting.
            timeout: How long all of it may take, in seconds. A command that was sent runs anyway.

        Raises:
            ProblemError: The API returned a problem. Each problem code has a subclass.
            NoResponseError: There is no response.
            SettingsError: The credentials are missing or invalid.
        """
        return self._perform(
            self._run(
                argv,
                idempotency_key=idempotency_key,
                format=format,
                streams=streams,
                wait_seconds=wait_seconds,
                on_wait=on_wait,
                timeout=timeout,
            )
        )

    def run_state(
        self,
        dag_id: str,
        run_id: str,
        *,
        wait_seconds: float | None = None,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> RunState:
        """Reads the state of a DAG run once.

        It needs a grant for the command that shows it in this release (`docs/api.md`).

        Args:
            dag_id: The id of the DAG.
            run_id: The id of the run.
            wait_seconds: How long to wait for a free slot of the environment. Default: that of the client.
            on_wait: Called once, if no slot was free for a few seconds and the request keeps waiting.
            timeout: How long all of it may take, in seconds.

        Raises:
            RunNotFoundError: There is no such run.
            ProblemError: As for `run`.
            NoResponseError: There is no response.
        """
        return self._perform(
            self._run_state(dag_id, run_id, wait_seconds=wait_seconds, on_wait=on_wait, timeout=timeout)
        )

    def wait(
        self,
        dag_id: str,
        run_id: str,
        *,
        timeout: float = WAIT_TIMEOUT_SECONDS,
        interval: float = POLL_INTERVAL_SECONDS,
        appearance_timeout: float = 0,
        progress: ProgressOption = None,
    ) -> RunState:
        """Waits until a DAG run has finished. Keeps polling while Airflow is busy or cannot be reached.

        Ctrl-C ends the wait, not the run. Where progress is shown, it also shows how to go on waiting.

        Args:
            dag_id: The id of the DAG.
            run_id: The id of the run.
            timeout: How long to wait for the end of the run, in seconds.
            interval: The pause between the first two polls, in seconds. Each further pause is longer, up to one minute.
            appearance_timeout: How long the run may not exist yet: after a trigger with an unknown outcome.
            progress: Whether to show the state of the run while it has not finished: on a terminal in one line of
                standard error, in a notebook in one output of the cell, elsewhere in a line per change. None: only on a
                terminal and in a notebook. A function is called with a `WaitProgress` after each poll instead.

        Returns:
            The run in its final state: `success` or `failed`.

        Raises:
            WaitTimeoutError: The run has not finished in time. It continues.
            RunNotFoundError: There is no such run.
            ProblemError: Polling again would not help.
        """
        limits = WaitLimits(timeout, interval, appearance_timeout)
        return self._perform(self._wait(dag_id, run_id, limits, progress))

    def explain(self, argv: Sequence[Word], *, format: Format = "json") -> Explanation:  # noqa: A002
        """Returns whether a command is allowed and what would be sent. Runs nothing.

        Args:
            argv: The words of the command.
            format: As for `run`.

        Raises:
            ProblemError: As for `run`.
            NoResponseError: There is no response.
        """
        return self._perform(self._explain(argv, format))

    def commands(self) -> list[GrantedCommand]:
        """Lists the commands that the caller may run in this environment.

        Raises:
            ProblemError: As for `run`.
            NoResponseError: There is no response.
        """
        return self._perform(self._commands())

    def environments(self) -> list[EnvironmentEntry]:
        """Lists the environments in which the caller may run any command.

        Raises:
            ProblemError: As for `run`.
            NoResponseError: There is no response.
        """
        return self._perform(self._environments())

    def close(self) -> None:
        """Closes idle connections. The client can still be used."""
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
