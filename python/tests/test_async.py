"""The client for asyncio."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from conftest import RESULT, Server, disconnect, ok, problem

from mwaa_cli_proxy import AsyncProxy, BusyError, NoResponseError, NotGrantedError, ProxyError, RunState, SettingsError


def run(server: Server, call: Callable[[AsyncProxy], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncProxy(server.url, "prod", **{"token": "x", **options}) as proxy:
            return await call(proxy)

    return asyncio.run(main())


def test_every_call(server: Server) -> None:
    async def call(proxy: AsyncProxy) -> None:
        assert (await proxy.run(["version"])).outcome == "succeeded"
        server.answer(ok({"allowed": True, "commandLine": "version", "grant": "version", "line": 3}))
        assert (await proxy.explain(["version"])).line == 3
        server.answer(ok({"state": "success"}))
        assert await proxy.run_state("d", "r") == await proxy.wait("d", "r") == RunState("d", "r", "success")
        row = {"command": "version", "usage": "version", "grant": "@read", "line": 3, "options": []}
        server.answer(ok({"commands": [row]}))
        assert [each.command for each in await proxy.commands()] == ["version"]
        server.answer(ok({"environments": [{"name": "prod", "airflowVersion": "2.10.3"}]}))
        assert [each.name for each in await proxy.environments()] == ["prod"]

    run(server, call)


def test_errors_arrive(server: Server) -> None:
    server.answer(problem("not-granted", 403))
    with pytest.raises(NotGrantedError):
        run(server, lambda proxy: proxy.run(["dags", "delete", "x"]))
    with pytest.raises(SettingsError):
        run(server, lambda proxy: proxy.run(["version"]), token="")
    server.answer(disconnect)
    with pytest.raises(NoResponseError):
        run(server, lambda proxy: proxy.run(["dags", "trigger", "x"]))


def test_100_callers_at_once_do_not_wait_for_each_other(server: Server) -> None:
    together = threading.Barrier(100)

    def wait_for_all(connection: socket.socket) -> None:
        together.wait(20)
        body = b'{"outcome": "succeeded"}'
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    server.answer(wait_for_all)
    results = run(server, lambda proxy: asyncio.gather(*(proxy.run(["version"]) for _ in range(100))))
    assert len(results) == 100


async def cancel_after(seconds: float, call: Awaitable[Any]) -> BaseException | None:
    task = asyncio.ensure_future(call)
    await asyncio.sleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    return find_cause(raised.value)


def find_cause(error: BaseException | None) -> BaseException | None:
    """What is known about the command. Python 3.10 raises another CancelledError in the task that waits."""
    while error is not None and not isinstance(error, ProxyError):
        error = error.__cause__ or error.__context__
    return error


def test_whatever_a_token_raises_arrives(server: Server) -> None:
    tokens = iter(())
    with pytest.raises(RuntimeError):
        run(server, lambda proxy: asyncio.wait_for(proxy.run(["version"]), 5), token=lambda: next(tokens))


class TestCancellation:
    def test_during_a_request_the_command_may_run(self, server: Server) -> None:
        closed = threading.Event()

        def wait_for_the_end(connection: socket.socket) -> None:
            if connection.recv(1) == b"":
                closed.set()

        server.answer(wait_for_the_end)
        cause = run(server, lambda proxy: cancel_after(0.2, proxy.run(["dags", "trigger", "x"])))
        assert isinstance(cause, NoResponseError)
        assert cause.outcome_unknown
        assert closed.wait(5)

    def test_between_two_requests_for_a_slot_it_did_not_run(self, server: Server) -> None:
        server.answer(problem("busy", 503, retry_safe=True, retry_after="5"))
        cause = run(server, lambda proxy: cancel_after(0.2, proxy.run(["dags", "trigger", "x"])))
        assert isinstance(cause, BusyError)

    def test_before_the_request_it_is_not_sent(self, server: Server) -> None:
        def get_token() -> str:
            time.sleep(0.5)
            return "x"

        async def call(proxy: AsyncProxy) -> BaseException | None:
            cause = await cancel_after(0.1, proxy.run(["dags", "trigger", "x"]))
            await asyncio.sleep(1)
            return cause

        cause = run(server, call, token=get_token)
        assert isinstance(cause, NoResponseError)
        assert not cause.outcome_unknown
        assert server.requests == []

    def test_after_the_response_another_request_has_the_connection(self, server: Server) -> None:
        async def call(proxy: AsyncProxy) -> None:
            task = asyncio.ensure_future(proxy.run(["version"]))
            await asyncio.sleep(0)
            # The loop is busy, and the thread puts the connection back.
            time.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await proxy.run(["version"])

        run(server, call)
        assert len({request.client_port for request in server.requests}) == 1

    def test_a_timeout_has_it_among_its_causes(self, server: Server) -> None:
        server.answer(lambda _: threading.Event().wait(1))
        with pytest.raises(asyncio.TimeoutError) as raised:
            run(server, lambda proxy: asyncio.wait_for(proxy.run(["dags", "trigger", "x"]), 0.2))
        assert isinstance(find_cause(raised.value), NoResponseError)


def test_a_program_ends_while_a_request_is_on_its_way(server: Server) -> None:
    server.answer(lambda _: threading.Event().wait(30))
    script = f"""
import asyncio
from mwaa_cli_proxy import AsyncProxy
async def main():
    call = asyncio.ensure_future(AsyncProxy({server.url!r}, "prod", token="x").run(["dags", "trigger", "x"]))
    await asyncio.sleep(0.3)
asyncio.run(main())
"""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, check=True, capture_output=True
    )
    assert time.monotonic() - started < 10
    assert done.stderr == b""


def test_a_slot_is_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mwaa_cli_proxy._engine.MIN_SLOT_PAUSE_SECONDS", 0.01)
    server.answer(problem("busy", 503, retry_safe=True), problem("busy", 503, retry_safe=True), ok(RESULT))
    waits: list[int] = []
    result = run(server, lambda proxy: proxy.run(["dags", "trigger", "x"], on_wait=lambda: waits.append(1)))
    assert result.outcome == "succeeded"
    assert waits == [1]
