"""Exit codes and messages of commands that failed."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any

from mwaa_cli_proxy._contract import (
    EXIT_CODE_BY_EVIDENCE,
    EXIT_CODE_BY_PROBLEM,
    SHELL_WAIT_ADVICE,
    STARTED_LATER,
    WAIT_LONGER_ADVICE,
    ExitCode,
)
from mwaa_cli_proxy._text import escape_invisible
from mwaa_cli_proxy.errors import NoResponseError, ProblemError, ProxyError, SettingsError

INTERRUPTED = "interrupted. The command may still run: check in Airflow before you send it again."
INTERRUPTED_WAITING = "interrupted while waiting for a free slot. The command did not run."


@dataclass(frozen=True)
class Failure:
    """How a program that failed ends."""

    exit_code: int
    text: str


def get_exit_code(error: ProblemError) -> int:
    """The exit code for a problem. A problem that is in no table means that a service is unavailable."""
    if error.outcome_unknown:
        return ExitCode.UNKNOWN
    if error.code == "command-failed":
        by_evidence = EXIT_CODE_BY_EVIDENCE.get(str(error.problem.get("evidence")))
        if by_evidence is not None:
            return by_evidence
    return EXIT_CODE_BY_PROBLEM.get(error.code, ExitCode.UNAVAILABLE)


def describe_failure(error: ProxyError) -> Failure:
    """The exit code and the message for an error."""
    if isinstance(error, ProblemError):
        return Failure(get_exit_code(error), format_problem(error))
    if isinstance(error, NoResponseError):
        reason = _get_reason(error)
        if error.outcome_unknown:
            return Failure(
                ExitCode.UNKNOWN,
                f"The connection was lost ({reason}). The command may have run: check in Airflow before you send it "
                "again.",
            )
        return Failure(ExitCode.UNAVAILABLE, f"{error.origin} cannot be reached ({reason}).")
    return Failure(ExitCode.SETUP if isinstance(error, SettingsError) else ExitCode.UNAVAILABLE, str(error))


def describe_interruption(interruption: KeyboardInterrupt) -> str:
    """What is known about the command after Ctrl-C."""
    cause = interruption.__cause__
    is_waiting = isinstance(cause, ProblemError) and cause.code in STARTED_LATER
    return INTERRUPTED_WAITING if is_waiting else INTERRUPTED


def format_problem(error: ProblemError) -> str:
    """A problem as one line: its detail, the environments that the caller can use, and the id of the request."""
    environments: list[Any] = list(error.problem.get("environments") or ())
    names = [str(name) for name in environments]
    is_listed = all(name in error.detail for name in names)
    usable = "" if is_listed else f" Environments that you can use: {', '.join(names)}."
    detail = error.detail
    if error.code == "busy":
        detail = detail.replace(WAIT_LONGER_ADVICE, SHELL_WAIT_ADVICE)
    request = f" (request {error.request_id})" if error.request_id else ""
    return escape_invisible(f"{detail}{usable}{request}")


def _get_reason(error: NoResponseError) -> str:
    """`ECONNREFUSED`, or what the connection reported."""
    number = getattr(error.__cause__, "errno", None)
    return errno.errorcode.get(number, error.reason) if isinstance(number, int) else error.reason
