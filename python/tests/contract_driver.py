"""Runs calls of the Python clients: a JSON object per line on standard input and output.

`test/contract/protocol.ts` describes them. With the argument `async`, `AsyncProxy` runs the calls, otherwise `Proxy`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys
import threading
from typing import Any

from botocore.credentials import Credentials

import mwaa_cli_proxy
from mwaa_cli_proxy import NoResponseError, ProblemError, Proxy, SettingsError, WaitTimeoutError

IS_ASYNC = sys.argv[1:] == ["async"]
WRITING = threading.Lock()


def create_client(description: dict[str, Any]) -> Any:
    """Creates the client that a call describes."""
    kind = mwaa_cli_proxy.AsyncProxy if IS_ASYNC else Proxy
    if "variables" in description:
        return kind.from_settings(environ=description["variables"])
    given = description.get("credentials")
    if given is None:
        return kind(description["url"], description["environment"], token=lambda: description["token"])
    credentials = Credentials(given["accessKeyId"], given["secretAccessKey"], given.get("sessionToken"))
    return kind(description["url"], description["environment"], region=description["region"], credentials=credentials)


def call(client: Any, name: str, arguments: dict[str, Any], events: list[str]) -> Any:
    """The value of a call, or of `AsyncProxy` the coroutine."""
    if name in ("commands", "environments"):
        return getattr(client, name)()
    options: dict[str, Any] = {}
    for key, option in (
        ("format", "format"),
        ("idempotencyKey", "idempotency_key"),
        ("waitSeconds", "wait_seconds"),
    ):
        if key in arguments:
            options[option] = arguments[key]
    if name in ("run", "explain"):
        if arguments.get("listens"):
            options["on_wait"] = lambda: events.append("waits")
        return getattr(client, name)(arguments.get("argv", []), **options)
    ids = (arguments["dagId"], arguments["runId"])
    if name == "run state":
        return client.run_state(*ids, **options)
    return client.wait(
        *ids,
        timeout=arguments.get("timeoutSeconds", 30),
        interval=arguments.get("intervalSeconds", 0.05),
        appearance_timeout=arguments.get("appearanceTimeoutSeconds", 0),
        progress=lambda progress: note_progress(progress, events),
    )


def note_progress(progress: Any, events: list[str]) -> None:
    """Notes a state, or that it could not be read."""
    if progress.detail is not None:
        events.append("transient error")
    elif progress.state is not None:
        events.append(progress.state)


def to_camel_case(name: str) -> str:
    """The name of a member in the API."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def to_json(value: Any) -> Any:
    """A value with the member names of the API. What the API leaves out is left out."""
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.name != "raw"}
    return {
        to_camel_case(name): to_json(member)
        for name, member in members.items()
        if name == "output" or not (member is None or (name == "operations" and member == ()))
    }


def describe_error(error: BaseException) -> dict[str, Any]:
    """What the table of rows says about an error."""
    described: dict[str, Any] = {"kind": "other", "detail": f"{type(error).__name__}: {error}"}
    if isinstance(error, ProblemError):
        problem = dict(error.problem)
        described = {
            "kind": "problem",
            "code": error.code,
            "detail": error.detail,
            "status": error.status,
            "retrySafe": error.retry_safe if "retrySafe" in problem else None,
            "outcomeUnknown": error.outcome_unknown,
            "runId": error.run_id,
            "problem": problem,
        }
    elif isinstance(error, NoResponseError):
        described = {"kind": "no response", "requestSent": error.request_sent, "outcomeUnknown": error.outcome_unknown}
    elif isinstance(error, WaitTimeoutError):
        described = {"kind": "timeout", "state": error.state, "detail": str(error)}
    elif isinstance(error, SettingsError):
        described = {"kind": "settings", "detail": str(error)}
    elif isinstance(error, asyncio.CancelledError | TimeoutError | asyncio.TimeoutError):
        described = {"kind": "canceled"}
    return {**described, "type": type(error).__name__}


def write(request: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Writes the answer to a call."""
    with WRITING:
        print(json.dumps({"id": request["id"], **outcome}), flush=True)


def handle(request: dict[str, Any]) -> None:
    """Runs one call of `Proxy`."""
    events: list[str] = []
    try:
        with create_client(request["client"]) as client:
            value = call(client, request["name"], request["arguments"], events)
        write(request, {"value": to_json(value), "events": events})
    except BaseException as error:  # noqa: BLE001 - the test compares it
        write(request, {"error": describe_error(error), "events": events})


async def handle_async(request: dict[str, Any]) -> None:
    """Runs one call of `AsyncProxy`."""
    events: list[str] = []
    try:
        async with create_client(request["client"]) as client:
            running = call(client, request["name"], request["arguments"], events)
            seconds = request.get("cancelAfterMs")
            value = await asyncio.wait_for(running, None if seconds is None else seconds / 1000)
        write(request, {"value": to_json(value), "events": events})
    except BaseException as error:  # noqa: BLE001 - the test compares it
        write(request, {"error": describe_error(error), "events": events})


async def main_async() -> None:
    """Runs the calls as tasks of one event loop."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    tasks = set()
    while line := await lines.get():
        task = asyncio.create_task(handle_async(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


def main() -> None:
    """Runs each call in a thread of its own."""
    if IS_ASYNC:
        asyncio.run(main_async())
        return
    for line in sys.stdin:
        threading.Thread(target=handle, args=(json.loads(line),)).start()


if __name__ == "__main__":
    main()
