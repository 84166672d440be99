"""When a request is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mwaa_cli_proxy import BusyError, NoResponseError, OutcomeUnknownError, ProblemError, ProxyError, SettingsError
from mwaa_cli_proxy._contract import AnswerMember
from mwaa_cli_proxy._engine import ApiRequest, Clock, Send, SlotWait, request_with_retry, starts_with_read_only_command
from mwaa_cli_proxy._http import ConnectionFailure, HttpResponse

LOST = "lost"
REFUSED = "refused"
OK = HttpResponse(200, {}, b'{"ok": true}')


def problem(code: str, retry_safe: bool | None = None, after: str | None = None) -> HttpResponse:
    body: dict[str, Any] = {"type": f"urn:mwaa-cli-proxy:problem:{code}", "detail": code, "status": 400}
    if retry_safe is not None:
        body["retrySafe"] = retry_safe
    return HttpResponse(400, {} if after is None else {"retry-after": after}, json.dumps(body).encode())


BUSY = problem("busy", True, "5")
FOREIGN = HttpResponse(502, {}, b"<html>Bad Gateway</html>")


class Played:
    """Performs the effects of an engine on a clock of its own. Each request takes 2 s."""

    def __init__(self, *answers: HttpResponse | str | BaseException, request_seconds: float = 2) -> None:
        self.answers = list(answers)
        self.request_seconds = request_seconds
        self.time = 0.0
        self.pauses: list[float] = []
        self.prefer: list[str | None] = []

    def run(
        self,
        *,
        read_only: bool = False,
        key: bool = False,
        slots: float | None = None,
        on_wait: Any = None,
        timeout: float | None = None,
        interrupt_pause: BaseException | None = None,
    ) -> Any:
        clock = Clock(lambda: self.time, lambda: 0.0)
        slot_wait = None if slots is None else SlotWait(slots, on_wait, clock.random)
        request = ApiRequest("/x", AnswerMember("ok", bool), read_only, b"{}", {"idempotency-key": "k"} if key else {})
        engine = request_with_retry(request, "https://api", clock, slot_wait, timeout)
        try:
            effect = next(engine)
            while True:
                if isinstance(effect, Send):
                    effect = self._send(engine, effect)
                elif interrupt_pause is not None:
                    effect = engine.throw(interrupt_pause)
                else:
                    self.pauses.append(effect.seconds)
                    self.time += effect.seconds
                    effect = engine.send(None)
        except StopIteration as stop:
            return stop.value

    def _send(self, engine: Any, effect: Send) -> Any:
        self.prefer.append(effect.request.headers.get("prefer"))
        self.time += self.request_seconds if effect.seconds is None else min(self.request_seconds, effect.seconds)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        effect.exchange.is_sent = answer != REFUSED and not isinstance(answer, Exception)
        if isinstance(answer, BaseException):
            return engine.throw(answer)
        return engine.throw(ConnectionFailure(answer)) if isinstance(answer, str) else engine.send(answer)


def test_returns_the_answer() -> None:
    played = Played(OK)
    assert played.run() == {"ok": True}
    assert played.pauses == []


#: What comes back, how the request is sent, the pauses before the repeats, and the error, if it is not the answer.
ROWS: list[tuple[list[Any], dict[str, bool], list[float], str | None]] = [
    # A command that changes something.
    ([LOST, OK], {}, [], "NoResponseError"),
    ([REFUSED, OK], {}, [], "NoResponseError"),
    ([problem("outcome-unknown", False), OK], {}, [], "outcome-unknown"),
    ([problem("gateway-error", None, "2"), OK], {}, [], "gateway-error"),
    ([problem("token-throttled", True, "2"), OK], {}, [2], None),
    ([problem("token-throttled", True, "11"), OK], {}, [], "token-throttled"),
    ([problem("token-timeout", True), OK], {}, [], "token-timeout"),
    ([problem("relay-failed", True), OK], {}, [], "relay-failed"),
    # A command that only reads.
    ([LOST, OK], {"read_only": True}, [1], None),
    ([REFUSED, OK], {"read_only": True}, [], "NoResponseError"),
    ([LOST], {"read_only": True}, [1, 2, 3], "NoResponseError"),
    ([problem("outcome-unknown", True), OK], {"read_only": True}, [1], None),
    ([problem("relay-failed", True), OK], {"read_only": True}, [1], None),
    ([problem("gateway-error", None, "2"), OK], {"read_only": True}, [2], None),
    ([problem("command-failed", False), OK], {"read_only": True}, [], "command-failed"),
    ([problem("outcome-unclear", False), OK], {"read_only": True}, [], "outcome-unclear"),
    # A trigger with a key.
    ([LOST, LOST, OK], {"key": True}, [1, 2], None),
    ([problem("outcome-unclear", True), OK], {"key": True}, [1], None),
    ([problem("internal-error", False), OK], {"key": True}, [1], None),
    ([problem("airflow-timeout", True), OK], {"key": True}, [], "airflow-timeout"),
    ([problem("key-reused", True), OK], {"key": True}, [], "key-reused"),
    # A later attempt that did not run says nothing about an earlier one that may have run.
    ([LOST, problem("not-granted", True)], {"key": True}, [1], "NoResponseError"),
    ([problem("outcome-unknown", True), REFUSED], {"key": True}, [1], "outcome-unknown"),
    # Answers that are not from the proxy.
    ([FOREIGN, OK], {}, [], "blank"),
    ([FOREIGN, OK], {"read_only": True}, [1], None),
    ([FOREIGN, OK], {"key": True}, [1], None),
    ([FOREIGN, problem("not-granted", True)], {"key": True}, [1], "blank"),
    ([HttpResponse(200, {}, b'{"ok": 1}'), OK], {"read_only": True}, [], "blank"),
    ([HttpResponse(403, {}, b""), OK], {"key": True}, [], "blank"),
    # These say what became of it.
    ([LOST, problem("command-failed", False)], {"key": True}, [1], "command-failed"),
    ([LOST, problem("key-reused", True)], {"key": True}, [1], "key-reused"),
    ([LOST, SettingsError("no token")], {"key": True}, [1], "NoResponseError"),
    ([SettingsError("no token")], {"key": True}, [], "SettingsError"),
    ([LOST, ValueError("of a token function")], {"key": True}, [1], "NoResponseError"),
    # Without slots, busy is a problem like any other.
    ([problem("busy", True, "5"), OK], {}, [5], None),
]


@pytest.mark.parametrize(("answers", "how", "pauses", "error"), ROWS)
def test_repeats(answers: list[Any], how: dict[str, bool], pauses: list[float], error: str | None) -> None:
    played = Played(*answers)
    if error is None:
        assert played.run(**how) == {"ok": True}
    else:
        with pytest.raises(ProxyError) as raised:
            played.run(**how)
        assert getattr(raised.value, "code", type(raised.value).__name__) == error
    assert played.pauses == pauses


def test_a_repeat_is_safe_with_a_key_and_unknown_is_said_in_every_error() -> None:
    with pytest.raises(OutcomeUnknownError) as raised:
        Played(problem("outcome-unknown", False)).run(key=True)
    assert raised.value.retry_safe
    assert raised.value.outcome_unknown
    with pytest.raises(OutcomeUnknownError) as raised:
        Played(problem("outcome-unknown", False)).run(read_only=True)
    assert not raised.value.outcome_unknown
    with pytest.raises(NoResponseError) as lost:
        Played(LOST).run()
    assert lost.value.outcome_unknown
    with pytest.raises(NoResponseError) as lost:
        Played(REFUSED).run()
    assert not lost.value.outcome_unknown


def test_attempts_that_took_five_minutes_are_the_last() -> None:
    played = Played(LOST, request_seconds=200)
    with pytest.raises(NoResponseError):
        played.run(read_only=True)
    assert played.pauses == [1]


class TestWaitingForASlot:
    def test_waits_as_long_as_it_takes_and_says_how_long_the_proxy_may_wait(self) -> None:
        played = Played(*[BUSY] * 30, OK, request_seconds=10)
        assert played.run(slots=600) == {"ok": True}
        assert len(played.pauses) == 30
        assert played.prefer[:2] == [None, None]
        assert played.prefer[25] == "wait=225"

    def test_gives_up_when_the_time_is_over(self) -> None:
        played = Played(BUSY, request_seconds=10)
        with pytest.raises(BusyError):
            played.run(slots=60)
        assert played.pauses == [5, 5, 5]
        assert played.prefer == ["wait=60", "wait=45", "wait=30", "wait=15"]

    def test_does_not_wait_if_it_is_told_so(self) -> None:
        played = Played(BUSY)
        with pytest.raises(BusyError):
            played.run(slots=0)
        assert played.prefer == ["wait=0"]

    def test_calls_a_listener_once_after_three_seconds(self) -> None:
        calls: list[float] = []
        played = Played(BUSY, BUSY, OK, request_seconds=3)
        played.run(slots=600, on_wait=lambda: calls.append(played.time))
        assert calls == [3]
        assert played.prefer[:2] == ["wait=3", None]

    @pytest.mark.parametrize("answer", [problem("throttled", True), problem("relay-unavailable", True, "20")])
    def test_waits_when_nothing_was_started(self, answer: HttpResponse) -> None:
        assert Played(answer, OK).run(slots=600) == {"ok": True}

    def test_does_not_wait_for_a_relay_that_does_not_come(self) -> None:
        with pytest.raises(ProblemError, match="relay-unavailable"):
            Played(problem("relay-unavailable", True), OK).run(slots=600)

    def test_busy_after_an_unknown_outcome_says_nothing_about_it(self) -> None:
        with pytest.raises(NoResponseError):
            Played(LOST, BUSY).run(slots=10, key=True)


class TestInterruption:
    def test_while_waiting_for_a_slot_the_command_did_not_run(self) -> None:
        with pytest.raises(KeyboardInterrupt) as raised:
            Played(BUSY).run(slots=60, interrupt_pause=KeyboardInterrupt())
        assert isinstance(raised.value.__cause__, BusyError)

    @pytest.mark.parametrize(("answers", "cause"), [([BUSY], BusyError), ([LOST, BUSY], NoResponseError)])
    def test_by_its_own_listener(self, answers: list[Any], cause: type[ProxyError]) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt) as raised:
            Played(*answers).run(slots=60, key=True, on_wait=interrupt)
        assert isinstance(raised.value.__cause__, cause)

    def test_during_a_request_it_may_run(self) -> None:
        with pytest.raises(KeyboardInterrupt) as raised:
            Played(BUSY, KeyboardInterrupt()).run(slots=60)
        cause = raised.value.__cause__
        assert isinstance(cause, NoResponseError)
        assert cause.outcome_unknown

    def test_while_its_answer_is_read_it_may_have_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(_: bytes) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("mwaa_cli_proxy._engine.parse_json_object", interrupt)
        with pytest.raises(KeyboardInterrupt) as raised:
            Played(OK).run()
        assert isinstance(raised.value.__cause__, NoResponseError)
        assert raised.value.__cause__.outcome_unknown

    def test_during_a_request_that_only_reads_there_is_nothing_to_say(self) -> None:
        with pytest.raises(KeyboardInterrupt) as raised:
            Played(KeyboardInterrupt()).run(read_only=True)
        assert raised.value.__cause__ is None

    def test_before_a_repeat_the_earlier_attempt_may_have_run(self) -> None:
        with pytest.raises(KeyboardInterrupt) as raised:
            Played(LOST).run(key=True, interrupt_pause=KeyboardInterrupt())
        assert isinstance(raised.value.__cause__, NoResponseError)

    def test_keeps_a_cause(self) -> None:
        error = ValueError("of a token function")
        error.__cause__ = OSError("its reason")
        with pytest.raises(ValueError, match="of a token function") as raised:
            Played(error).run()
        assert isinstance(raised.value.__cause__, OSError)


class TestTimeout:
    def test_limits_a_request(self) -> None:
        played = Played(LOST, request_seconds=100)
        with pytest.raises(NoResponseError):
            played.run(key=True, timeout=30)
        assert played.time == 30

    def test_does_not_begin_a_pause_that_is_too_long(self) -> None:
        played = Played(BUSY)
        with pytest.raises(BusyError):
            played.run(slots=600, timeout=30)
        assert played.pauses == [5, 5, 5, 5]
        assert played.time <= 30


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"<html>Bad Gateway</html>", 502, "blank"),
        (b"[]", 200, "blank"),
        (b"not JSON", 200, "blank"),
        (b'{"message": "Forbidden"}', 403, "blank"),
        (b'{"type": 1, "detail": "x"}', 400, "blank"),
        (b"[" * 100_000, 200, "blank"),
        (b'{"type": "urn:mwaa-cli-proxy:problem:of-the-future", "detail": "x"}', 400, "of-the-future"),
    ],
)
def test_an_answer_that_is_not_from_the_proxy_is_an_error(body: bytes, status: int, code: str) -> None:
    with pytest.raises(ProblemError) as raised:
        Played(HttpResponse(status, {}, body)).run()
    assert raised.value.code == code
    if code == "blank":
        assert str(raised.value).startswith(f"The response (HTTP {status}) is not from the proxy.")
        assert raised.value.outcome_unknown is (status < 300 or status >= 500)
        assert raised.value.outcome_unknown is ("The command may have run" in str(raised.value))


@pytest.mark.parametrize("after", ["Wed, 21 Oct 2026 07:28:00 GMT", "", "-1", "nan", "1e3", "inf"])
def test_a_retry_after_that_is_no_number_of_seconds_is_ignored(after: str) -> None:
    with pytest.raises(ProblemError):
        Played(problem("token-throttled", True, after), OK).run()


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["dags", "list"], True),
        (["dags", "trigger", "x"], False),
        (["config"], True),
        (["config", "update"], False),
        (["config", "x"], True),
        (["version"], True),
        (["unknown"], False),
        ([], False),
        (["--help", "dags", "list"], False),
        ([1, {"a": 1}], False),
    ],
)
def test_knows_commands_that_only_read(argv: list[Any], expected: bool) -> None:
    assert starts_with_read_only_command(argv) is expected


def test_a_word_is_what_is_sent() -> None:
    class Word(str):
        def __str__(self) -> str:
            return "list"

    assert not starts_with_read_only_command(["dags", Word("trigger")])
