"""The errors that the client raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._contract import CHECK_ADVICE, FOREIGN_ANSWER_TYPE, FOREIGN_UNKNOWN_OUTCOMES, UNKNOWN_OUTCOMES
from ._types import State


class ProxyError(Exception):
    """Any error of the client.

    Attributes:
        outcome_unknown: Whether the command may have changed something, and nothing shows whether it did.
    """

    outcome_unknown: bool = False


class SettingsError(ProxyError):
    """A setting or the credentials are missing or invalid. The message says what to set. Nothing was sent."""


class ProblemError(ProxyError):
    """A problem that the API returned. Each problem code has a subclass.

    Attributes:
        code: As in `docs/api.md`: `not-granted`, `command-failed`, `outcome-unknown` …
        detail: What is wrong, and what to do.
        status: The HTTP status.
        retry_safe: Whether the same request can be sent again, and nothing happens twice.
        outcome_unknown: Whether the command may have changed something, and nothing shows whether it did.
        problem: The whole problem. Its members depend on its code.
    """

    def __init__(self, problem: Mapping[str, Any], is_read_only: bool = False) -> None:
        super().__init__(problem, is_read_only)
        self.problem: Mapping[str, Any] = problem
        self.detail: str = problem["detail"]
        self.code: str = problem["type"].rpartition(":")[2]
        status = problem.get("status")
        self.status: int = status if isinstance(status, int) else 0
        self.retry_safe: bool = problem.get("retrySafe") is True
        self.outcome_unknown = not is_read_only and (
            self.code in UNKNOWN_OUTCOMES or self._is_foreign(FOREIGN_UNKNOWN_OUTCOMES)
        )

    def __str__(self) -> str:
        return self.detail

    def _is_foreign(self, digits: frozenset[int]) -> bool:
        """Whether the answer is not from the proxy, and its status begins with one of these digits."""
        return self.problem["type"] == FOREIGN_ANSWER_TYPE and self.status // 100 in digits

    @property
    def run_id(self) -> str | None:
        """Of a trigger that was sent: the id of the run that it may have created."""
        run_id = self.problem.get("runId")
        return run_id if isinstance(run_id, str) else None

    @property
    def request_id(self) -> str | None:
        """The id of the request, for the log of the proxy."""
        request_id = self.problem.get("requestId")
        return request_id if isinstance(request_id, str) else None


class NoResponseError(ProxyError):
    """No complete response was received.

    Attributes:
        request_sent: Whether the connection was established, so that the request may have been received.
        outcome_unknown: Whether the request may have changed something, and nothing shows whether it did.
        reason: What the connection reported.
    """

    def __init__(self, origin: str, reason: str, request_sent: bool, is_read_only: bool = False) -> None:
        super().__init__(origin, reason, request_sent, is_read_only)
        self.origin = origin
        self.reason = reason
        self.request_sent = request_sent
        self.outcome_unknown = request_sent and not is_read_only

    def __str__(self) -> str:
        text = f"{self.origin} did not respond ({self.reason})."
        return f"{text} {CHECK_ADVICE}" if self.outcome_unknown else text


class WaitTimeoutError(ProxyError):
    """A run has not finished in the time that `Proxy.wait` waits. The run continues.

    Attributes:
        state: The last state that was read, or None if none could be read.
        dag_id: The id of the DAG.
        run_id: The id of the run.
    """

    def __init__(self, dag_id: str, run_id: str, timeout: float, state: State | None) -> None:
        super().__init__(dag_id, run_id, timeout, state)
        self.dag_id = dag_id
        self.run_id = run_id
        self.timeout = timeout
        self.state = state

    def __str__(self) -> str:
        return (
            f"Run {self.run_id} has not finished after {self.timeout:g} s. Its last state is {self.state or 'unknown'}."
        )
