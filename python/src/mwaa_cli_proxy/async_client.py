"""The client for asyncio."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from ._base import BaseProxy, Format, Streams, Word
from ._contract import POLL_INTERVAL_SECONDS, WAIT_TIMEOUT_SECONDS
from ._engine import Engine, Send
from ._http import HttpResponse
from ._types import CommandResult, EnvironmentEntry, Explanation, GrantedCommand, RunState
from ._wait import ProgressOption, WaitLimits

if TYPE_CHECKING:
    from asyncio import Future

T = TypeVar("T")


class AsyncProxy(BaseProxy):
    """The same as `Proxy`, for asyncio.

    Each request on its way has a thread of its own, so that any number of callers can wait for a slot at the same time.
    Credentials and tokens are read in that thread, too.

    A call that is cancelled raises CancelledError, with a cause if something is known about the command: a `BusyError`
    if it was waiting for a slot and did not run, a `NoResponseError` if it may have run.

    Example:
        ```python
        async with AsyncProxy("https://abc123.execute-api.eu-west-1.amazonaws.com/v1", "analytics-prod") as proxy:
            await asyncio.gather(*(proxy.run(["dags", "trigger", dag]) for dag in dags))
        ```
    """

    async def run(
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
        """Runs one command. The arguments and errors are those of `Proxy.run`."""
        return await self._perform(
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

    async def run_state(
        self,
        dag_id: str,
        run_id: str,
        *,
        wait_seconds: float | None = None,
        on_wait: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> RunState:
        """Reads the state of a DAG run once. The arguments and errors are those of `Proxy.run_state`."""
        return await self._perform(
            self._run_state(dag_id, run_id, wait_seconds=wait_seconds, on_wait=on_wait, timeout=timeout)
        )

    async def wait(
        self,
        dag_id: str,
        run_id: str,
        *,
        timeout: float = WAIT_TIMEOUT_SECONDS,
        interval: float = POLL_INTERVAL_SECONDS,
        appearance_timeout: float = 0,
        progress: ProgressOption = None,
    ) -> RunState:
        """Waits until a DAG run has finished. The arguments and errors are those of `Proxy.wait`."""
        limits = WaitLimits(timeout, interval, appearance_timeout)
        return await self._perform(self._wait(dag_id, run_id, limits, progress))

    async def explain(self, argv: Sequence[Word], *, format: Format = "json") -> Explanation:  # noqa: A002
        """Returns whether a command is allowed and what would be sent. Runs nothing."""
        return await self._perform(self._explain(argv, format))

    async def commands(self) -> list[GrantedCommand]:
        """Lists the commands that the caller may run in this environment."""
        return await self._perform(self._commands())

    async def environments(self) -> list[EnvironmentEntry]:
        """Lists the environments in which the caller may run any command."""
        return await self._perform(self._environments())

    async def close(self) -> None:
        """Closes idle connections. The client can still be used."""
        self._session.close()

    async def __aenter__(self) -> AsyncProxy:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _perform(self, engine: Engine[T]) -> T:
        """Performs the effects of an engine with asyncio."""
        from asyncio import sleep

        try:
            effect = next(engine)
            while True:
                response: HttpResponse | None = None
                try:
                    if isinstance(effect, Send):
                        response = await self._send(effect)
                    else:
                        await sleep(effect.seconds)
                except BaseException as error:  # noqa: BLE001 - the engine decides
                    effect = engine.throw(error)
                else:
                    effect = engine.send(response)
        except StopIteration as stop:
            result: T = stop.value
            return result

    async def _send(self, effect: Send) -> HttpResponse:
        """Sends in a thread of its own. A thread of the default executor would make callers wait for each other.

        The thread does not keep the program from ending.
        """
        from asyncio import get_running_loop

        loop = get_running_loop()
        # An error is a result here, because a future does not accept every exception.
        future: Future[HttpResponse | BaseException] = loop.create_future()

        def settle(outcome: HttpResponse | BaseException) -> None:
            if not future.done():
                future.set_result(outcome)

        def work() -> None:
            outcome: HttpResponse | BaseException
            try:
                outcome = self._session.send(effect)
            except BaseException as error:  # noqa: BLE001 - raised where the response is awaited
                outcome = error
            # The loop is closed if the program no longer waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, outcome)

        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(work,), name="mwaa-cli-proxy", daemon=True).start()
        try:
            outcome = await future
        except BaseException:
            effect.exchange.abort()
            raise
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
