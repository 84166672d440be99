"""A program that uses the package, for `mypy --strict`. It is not run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import mwaa_cli_proxy
from mwaa_cli_proxy import (
    AsyncProxy,
    BusyError,
    CommandFailedError,
    CommandResult,
    EnvironmentEntry,
    Explanation,
    GrantedCommand,
    NoResponseError,
    NotGrantedError,
    ProblemError,
    Proxy,
    ProxyError,
    RunState,
    SettingsError,
    WaitProgress,
    WaitTimeoutError,
)
from mwaa_cli_proxy.direct import DirectAirflow, DirectResult


def trigger(proxy: Proxy, conf: dict[str, object]) -> str:
    result: CommandResult = proxy.run(["dags", "trigger", "daily", "--conf", conf], idempotency_key="k", wait_seconds=0)
    assert result.run_id is not None
    reveal: str = result.outcome
    return f"{reveal} {result.run_id} {result.notes[0]} {result.raw['requestId']}"


def note(progress: WaitProgress) -> None:
    print(progress.state or progress.detail, progress.seconds)


def wait(proxy: Proxy) -> RunState:
    try:
        return proxy.wait("daily", "run", timeout=60.5, interval=1, progress=note)
    except WaitTimeoutError as error:
        print(error.state, error.run_id)
        raise


def explain(proxy: Proxy) -> bool:
    explanation: Explanation = proxy.explain(["dags", "list"], format="raw")
    if explanation.refusal is not None:
        print(explanation.refusal.code, explanation.refusal.detail)
    commands: list[GrantedCommand] = proxy.commands()
    entries: list[EnvironmentEntry] = proxy.environments()
    return explanation.allowed and len(commands) > 0 and entries[0].name == "prod"


def handle(proxy: Proxy) -> int:
    try:
        proxy.run(["variables", "set", "x", 1])
    except (NotGrantedError, BusyError, CommandFailedError) as error:
        return error.status
    except ProblemError as error:
        print(error.code, error.detail, error.retry_safe, error.outcome_unknown, error.problem.get("runId"))
    except NoResponseError as error:
        print(error.request_sent)
    except SettingsError:
        raise
    except ProxyError as error:
        return int(error.outcome_unknown)
    return 0


async def main() -> None:
    async with AsyncProxy("https://x", "prod", token=lambda: "x") as proxy:
        result, run = await asyncio.gather(proxy.run(["version"]), proxy.wait("daily", "run", progress=False))
        print(result.output, run.state)


def direct() -> DirectResult:
    return DirectAirflow("Prod", region="eu-west-1").run(["version"])


clients: list[Proxy] = [
    Proxy("https://x", "prod", token_file=Path("token"), region="eu-west-1"),
    Proxy.from_settings("profile", {"MWAA_ENVIRONMENT": "prod"}),
]
version: str = mwaa_cli_proxy.__version__
