"""How a run is polled until it has finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._contract import (
    FOREIGN_REPEATED,
    LAST_POLL_SECONDS,
    MAX_POLL_PAUSE_SECONDS,
    POLL_PAUSE_GROWTH,
    POLL_PAUSE_JITTER,
    TRANSIENT_PROBLEMS,
)
from ._engine import Clock, Engine, Sleep
from ._types import RunState, State
from .errors import NoResponseError, ProblemError, WaitTimeoutError


@dataclass(frozen=True)
class WaitProgress:
    """What is known about a run that has not finished.

    Attributes:
        dag_id: The id of the DAG.
        run_id: The id of the run.
        state: Its state, or None if the last poll could not read it, or if the run does not exist yet.
        detail: Why the last poll could not read it. The next one may.
        seconds: The time since the wait began.
    """

    dag_id: str
    run_id: str
    state: State | None
    detail: str | None
    seconds: float


#: None: on a terminal and in a notebook. A function is called after each poll of a run that has not finished.
ProgressOption = bool | Callable[[WaitProgress], object] | None


@dataclass(frozen=True)
class WaitLimits:
    """How long to wait, in seconds.

    Attributes:
        timeout: For the end of the run.
        interval: Between the first two polls. Later pauses are longer.
        appearance_timeout: For the run to be created.
    """

    timeout: float
    interval: float
    appearance_timeout: float


def wait_for_run(
    dag_id: str,
    run_id: str,
    poll: Callable[[float], Engine[RunState]],
    limits: WaitLimits,
    on_progress: Callable[[WaitProgress], object],
    clock: Clock,
) -> Engine[RunState]:
    """Polls a run until it has finished, with increasing pauses.

    Args:
        dag_id: The id of the DAG.
        run_id: The id of the run.
        poll: Reads the state once, within a number of seconds.
        limits: How long to wait.
        on_progress: Called after each poll of a run that has not finished.
        clock: The time.

    Raises:
        ProblemError: Polling again would not help.
        WaitTimeoutError: The run has not finished in time.
    """
    started = clock.now()
    max_pause = max(MAX_POLL_PAUSE_SECONDS, limits.interval)
    pause = limits.interval
    state: State | None = None
    is_last = False
    while True:
        left = limits.timeout - (clock.now() - started)
        if left <= 0:
            raise WaitTimeoutError(dag_id, run_id, limits.timeout, state)
        detail: str | None = None
        try:
            run = yield from poll(left)
        except (ProblemError, NoResponseError) as error:
            since = clock.now() - started
            if is_missing(error):
                if state is not None or since >= limits.appearance_timeout:
                    raise
            else:
                detail = get_transient_detail(error)
                if detail is None:
                    raise
            on_progress(WaitProgress(dag_id, run_id, None, detail, since))
        else:
            since = clock.now() - started
            state = run.state
            if state in ("success", "failed"):
                return run
            on_progress(WaitProgress(dag_id, run_id, state, None, since))
        remaining = limits.timeout - since
        if is_last or remaining <= 0:
            raise WaitTimeoutError(dag_id, run_id, limits.timeout, state)
        next_pause = pause * (1 + POLL_PAUSE_JITTER * (2 * clock.random() - 1))
        is_last = next_pause >= remaining - LAST_POLL_SECONDS
        yield Sleep(max(remaining - LAST_POLL_SECONDS, remaining / 2, 0) if is_last else next_pause)
        pause = min(pause * POLL_PAUSE_GROWTH, max_pause)


def is_missing(error: Exception) -> bool:
    """Whether the run does not exist."""
    return isinstance(error, ProblemError) and error.code == "run-not-found"


def get_transient_detail(error: ProblemError | NoResponseError) -> str | None:
    """A message for the reader. None if polling again would not help."""
    if isinstance(error, NoResponseError):
        return f"The proxy cannot be reached: {error.reason}."
    # The second: an error of a server between the client and the API.
    is_transient = error.code in TRANSIENT_PROBLEMS or error._is_foreign(FOREIGN_REPEATED)
    return error.detail if is_transient else None
