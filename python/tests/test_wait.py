"""How a run is polled."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from mwaa_cli_proxy import NoResponseError, NotGrantedError, ProblemError, RunNotFoundError, RunState, WaitTimeoutError
from mwaa_cli_proxy._engine import Clock, create_problem_error
from mwaa_cli_proxy._wait import WaitLimits, WaitProgress, wait_for_run


def error(code: str, kind: str = "urn:x:") -> ProblemError:
    return create_problem_error({"type": f"{kind}{code}", "detail": code, "status": 500}, True)


BUSY = error("busy")
NOT_LISTED = error("run-not-found")


class Played:
    """Polls on a clock of its own, on which each poll takes 2 s. The last result repeats."""

    def __init__(self, *results: str | Exception, random: float = 0.5) -> None:
        self.results = list(results)
        self.random = random
        self.time = 0.0
        self.pauses: list[float] = []
        self.events: list[str | None] = []
        self.last_poll = 0.0
        self.polls = 0

    def wait(self, timeout: float = 1800, interval: float = 5, appearance_timeout: float = 0) -> RunState:
        clock = Clock(lambda: self.time, lambda: self.random)
        limits = WaitLimits(timeout, interval, appearance_timeout)
        engine = wait_for_run("daily", "r", self._poll, limits, self._on_progress, clock)
        try:
            effect: Any = next(engine)
            while True:
                self.pauses.append(round(effect.seconds, 1))
                self.time += effect.seconds
                effect = engine.send(None)
        except StopIteration as stop:
            run: RunState = stop.value
            return run

    def _poll(self, _left: float) -> Generator[Any, Any, RunState]:
        self.last_poll = self.time
        self.time += 2
        self.polls += 1
        result: Any = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return RunState("daily", "r", result)
        yield

    def _on_progress(self, progress: WaitProgress) -> None:
        self.events.append(progress.state or progress.detail)


@pytest.mark.parametrize("state", ["success", "failed"])
def test_ends_with_a_final_state(state: str) -> None:
    played = Played("queued", "running", state)
    assert played.wait().state == state
    assert played.events == ["queued", "running"]


def test_polls_immediately_then_with_increasing_pauses_of_up_to_one_minute() -> None:
    played = Played(*["running"] * 9, "success")
    played.wait()
    assert played.pauses == [5, 7.5, 11.2, 16.9, 25.3, 38, 57, 60, 60]


@pytest.mark.parametrize(("random", "pause"), [(0.0, 4), (1.0, 6)])
def test_varies_the_pauses(random: float, pause: float) -> None:
    played = Played("running", "success", random=random)
    played.wait()
    assert played.pauses == [pause]


def test_keeps_an_interval_that_is_longer_than_one_minute() -> None:
    played = Played(*["running"] * 3, "success")
    played.wait(interval=120)
    assert played.pauses == [120, 120, 120]


def test_ends_at_the_timeout_after_a_last_poll_shortly_before_it() -> None:
    played = Played("running")
    with pytest.raises(WaitTimeoutError, match=r"has not finished after 60 s\. Its last state is running") as raised:
        played.wait(timeout=60)
    assert raised.value.state == "running"
    assert played.last_poll >= 50
    assert played.time <= 60
    assert len(played.pauses) < 7


def test_reports_a_run_that_finishes_before_the_last_poll() -> None:
    polls = Played("running")
    with pytest.raises(WaitTimeoutError):
        polls.wait(timeout=60)
    assert Played(*["running"] * (polls.polls - 1), "success").wait(timeout=60).state == "success"


@pytest.mark.parametrize(
    "transient",
    [BUSY, error("blank", "about:"), NoResponseError("https://api", "refused", True, True)],
    ids=["busy", "another server", "lost"],
)
def test_keeps_polling_after_transient_errors(transient: Exception) -> None:
    assert Played(transient, "running", transient, transient, "success").wait().state == "success"
    with pytest.raises(WaitTimeoutError) as raised:
        Played(transient).wait(timeout=60)
    assert raised.value.state is None


def test_raises_what_does_not_go_away() -> None:
    with pytest.raises(NotGrantedError):
        Played("running", error("not-granted")).wait()


def test_does_not_wait_for_a_run_that_does_not_exist_unless_it_may_still_be_created() -> None:
    played = Played(NOT_LISTED)
    with pytest.raises(RunNotFoundError):
        played.wait()
    assert played.polls == 1
    assert Played(NOT_LISTED, NOT_LISTED, "success").wait(appearance_timeout=300).state == "success"
    never = Played(NOT_LISTED)
    with pytest.raises(RunNotFoundError):
        never.wait(appearance_timeout=300)
    assert never.time >= 300


def test_does_not_wait_for_a_run_that_was_deleted() -> None:
    played = Played(NOT_LISTED, "queued", NOT_LISTED)
    with pytest.raises(RunNotFoundError):
        played.wait(appearance_timeout=300)
    assert played.polls == 3
