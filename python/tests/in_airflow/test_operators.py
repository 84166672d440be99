"""The operators with a client that answers from a list."""

import logging
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from fake_context import Context

pytest.importorskip("airflow")

import pendulum

from mwaa_cli_proxy import CommandResult, EnvironmentEntry, NoResponseError, RunState
from mwaa_cli_proxy._engine import create_problem_error
from mwaa_cli_proxy.airflow import (
    AirflowCommandOperator,
    MwaaCliProxyHook,
    RemoteDagRunSensor,
    RemoteDagRunTrigger,
    TriggerRemoteDagOperator,
)
from mwaa_cli_proxy.airflow._compat import AirflowException, AirflowFailException, AirflowTaskTimeout, TaskDeferred
from mwaa_cli_proxy.airflow.operators import has_identity

RUNS = ["run-a", "run-b", "run-c", "run-d"]


class FakeProxy:
    """A target in which each new key creates the next run."""

    environment = "analytics-prod"

    def environments(self) -> list[EnvironmentEntry]:
        return [EnvironmentEntry(self.environment, "2.10.3")]

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.states: dict[str, str] = {}
        self.calls: list[tuple[list[Any], str | None]] = []
        self.error: BaseException | None = None
        self.answer: dict[str, Any] = {"output": [{"ok": True}], "answer": "text\n"}

    def run(self, argv: list[Any], *, idempotency_key: str | None = None, **options: Any) -> CommandResult:
        self.calls.append((argv, idempotency_key))
        if self.error:
            raise self.error
        body = {"outcome": "succeeded", "airflowVersion": "2.10.3", "command": argv, "notes": [], **self.answer}
        if idempotency_key is not None:
            body["replayed"] = idempotency_key in self.keys
            if not body["replayed"]:
                self.keys.append(idempotency_key)
            body["runId"] = RUNS[self.keys.index(idempotency_key)]
        return CommandResult._from_response(body)

    def run_state(self, dag_id: str, run_id: str) -> RunState:
        if self.error:
            raise self.error
        return RunState._from_response(dag_id, run_id, {"state": self.states.get(run_id, "running")})

    def wait(self, dag_id: str, run_id: str, **options: Any) -> RunState:
        return self.run_state(dag_id, run_id)


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProxy]:
    fake = FakeProxy()
    monkeypatch.setattr(MwaaCliProxyHook, "get_conn", lambda self: fake)
    monkeypatch.setattr(MwaaCliProxyHook, "key_prefix", "")
    monkeypatch.setattr(MwaaCliProxyHook, "get_link", lambda self, *ids: "link to " + " ".join(ids))
    return fake


def problem(code: str, **members: Any) -> Exception:
    body = {"type": f"urn:mwaa-cli-proxy:problem:{code}", "title": "", "status": 400, "detail": f"Detail of {code}."}
    return create_problem_error({**body, **members}, False)


def trigger(**options: Any) -> TriggerRemoteDagOperator:
    return TriggerRemoteDagOperator(task_id="remote", trigger_dag_id="daily_report", **options)


class TestTrigger:
    def test_starts_a_run_and_returns_its_id(self, proxy: FakeProxy, context: Context) -> None:
        assert trigger(conf={"day": "2026-11-22"}).execute(context) == "run-a"
        assert [argv for argv, _ in proxy.calls] == [
            ["dags", "trigger", "daily_report", "--conf", '{"day": "2026-11-22"}']
        ]
        assert context.xcoms == {"_link_RemoteRunLink": "link to daily_report run-a 2.10.3"}

    @pytest.mark.parametrize("date", ["2026-11-22T00:00:00+01:00", pendulum.datetime(2026, 11, 22, tz="Europe/Berlin")])
    def test_the_date_is_text_or_a_date(self, proxy: FakeProxy, context: Context, date: Any) -> None:
        trigger(logical_date=date).execute(context)
        assert proxy.calls[0][0][-2:] == ["--exec-date", "2026-11-22T00:00:00+01:00"]

    @pytest.mark.parametrize(
        ("options", "states", "run"),
        [
            ({"wait_for_completion": True}, {"run-a": "success"}, "run-a"),
            ({"wait_for_completion": True}, {"run-a": "failed", "run-b": "success"}, "run-b"),
            ({"wait_for_completion": False}, {"run-a": "failed"}, "run-a"),
            ({"wait_for_completion": True, "new_run_on": "retry"}, {"run-b": "success"}, "run-b"),
        ],
    )
    def test_a_retry(self, proxy: FakeProxy, options: dict[str, Any], states: dict[str, str], run: str) -> None:
        task = trigger(**options)
        task._find_or_start(Context(1), proxy, "")  # type: ignore[arg-type]
        proxy.states = states
        assert task.execute(Context(2)) == run

    @pytest.mark.parametrize("options", [{"new_run_after_failure": False}, {"new_run_on": "never"}])
    def test_a_retry_that_shares_the_failed_run(self, proxy: FakeProxy, options: dict[str, Any]) -> None:
        task = trigger(wait_for_completion=True, **options)
        proxy.states = {"run-a": "failed"}
        for try_number in (1, 2, 3):
            with pytest.raises(AirflowException, match="run-a of daily_report failed"):
                task.execute(Context(try_number))
        assert len(proxy.keys) == 1

    def test_each_try_starts_one_run_at_most(self, proxy: FakeProxy) -> None:
        proxy.states = dict.fromkeys(RUNS, "failed")
        for try_number in (1, 2, 3):
            for _ in range(2):  # the same try is started again
                with pytest.raises(AirflowException, match="failed"):
                    trigger(wait_for_completion=True).execute(Context(try_number))
            assert len(proxy.keys) == try_number

    @pytest.mark.parametrize(
        ("code", "final"),
        [
            ("key-reused", True),
            ("not-granted", True),
            ("invalid-command", True),
            ("command-failed", False),
            ("busy", False),
        ],
    )
    def test_a_problem_is_retried_if_that_can_help(
        self, proxy: FakeProxy, context: Context, code: str, final: bool
    ) -> None:
        proxy.error = problem(code)
        with pytest.raises(AirflowException, match=f"{code}: Detail of {code}") as caught:
            trigger().execute(context)
        assert isinstance(caught.value, AirflowFailException) is final

    @pytest.mark.parametrize("error", [problem("outcome-unknown"), NoResponseError("https://api", "reset", True)])
    def test_an_unknown_outcome_is_found_by_the_next_try(
        self, proxy: FakeProxy, context: Context, error: Exception
    ) -> None:
        proxy.error = error
        with pytest.raises(AirflowException, match="the next try of this task finds it") as caught:
            trigger().execute(context)
        assert not isinstance(caught.value, AirflowFailException)
        assert "check" not in str(caught.value)

    def test_a_reused_key_says_what_to_do(self, proxy: FakeProxy, context: Context) -> None:
        proxy.error = problem("key-reused")
        with pytest.raises(AirflowFailException, match="clear the task"):
            trigger().execute(context)

    def test_defers(self, proxy: FakeProxy, context: Context) -> None:
        with pytest.raises(TaskDeferred) as caught:
            trigger(wait_for_completion=True, deferrable=True, timeout=60).execute(context)
        deferred: Any = caught.value
        path, fields = deferred.trigger.serialize()
        assert path == "mwaa_cli_proxy.airflow.trigger.RemoteDagRunTrigger"
        assert fields["run_id"] == "run-a"
        assert RemoteDagRunTrigger(**fields).serialize() == (path, fields)
        assert deferred.method_name == "execute_complete"

    def test_resumes(self, context: Context) -> None:
        event = {"run_id": "run-a", "state": "success", "message": "", "try_number": 1}
        assert trigger().execute_complete(context, event) == "run-a"
        with pytest.raises(AirflowException, match="run-a of daily_report failed"):
            trigger().execute_complete(context, {**event, "state": "failed"})
        with pytest.raises(AirflowException, match="no time"):
            trigger().execute_complete(context, {**event, "state": "timeout", "message": "no time"})

    def test_a_retry_does_not_trust_the_event_of_the_try_that_failed(self, proxy: FakeProxy) -> None:
        # Airflow 3.0 resumes the retry of a deferred task where the earlier try ended.
        task = trigger(wait_for_completion=True, deferrable=True)
        with pytest.raises(TaskDeferred):
            task.execute(Context(1))
        proxy.states = {"run-a": "failed"}
        event = {"run_id": "run-a", "state": "failed", "message": "", "try_number": 1}
        with pytest.raises(AirflowException, match="run-a of daily_report failed"):
            task.execute_complete(Context(1), event)
        with pytest.raises(TaskDeferred) as caught:
            task.execute_complete(Context(2), event)
        assert caught.value.trigger.serialize()[1]["run_id"] == "run-b"


class TestCommand:
    def test_logs_the_outcome(self, proxy: FakeProxy, context: Context, caplog: pytest.LogCaptureFixture) -> None:
        proxy.answer |= {"evidence": "Airflow exited with 0", "requestId": "request-1"}
        operator = AirflowCommandOperator(task_id="list", command="dags list")
        # Airflow's loggers do not propagate to the handler of pytest.
        with patch.object(type(operator), "log", logging.getLogger("task")), caplog.at_level(logging.INFO):
            operator.execute(context)
        assert "Outcome: succeeded (Airflow exited with 0). Request request-1." in caplog.messages

    @pytest.mark.parametrize(
        ("answer", "value"),
        [
            ({}, [{"ok": True}]),
            ({"output": None}, "text"),
            ({"output": []}, []),
        ],
    )
    def test_returns_the_answer(self, proxy: FakeProxy, context: Context, answer: dict[str, Any], value: Any) -> None:
        proxy.answer |= answer
        assert AirflowCommandOperator(task_id="t", command="variables get 'a b'").execute(context) == value
        assert proxy.calls == [(["variables", "get", "a b"], None)]

    @pytest.mark.parametrize(
        ("argv", "expected"),
        [
            (["dags", "trigger", "x"], True),
            (["trigger_dag", "x"], True),
            (["dags", "trigger", "x", "--conf", {"run-id": 1}], True),
            (["dags", "trigger", "x", "--run-id", "y"], False),
            (["dags", "trigger", "--run-id=y", "x"], False),
            (["dags", "trigger", "-r", "y", "x"], False),
            (["trigger_dag", "x", "--run_id", "y"], False),
            (["dags", "list"], False),
            (["dags"], False),
        ],
    )
    def test_identity(self, argv: list[Any], expected: bool) -> None:
        assert has_identity(argv) is expected

    def test_a_trigger_has_a_key(self, proxy: FakeProxy, context: Context) -> None:
        AirflowCommandOperator(task_id="remote", command="dags trigger daily_report").execute(context)
        trigger().execute(context)
        assert proxy.calls[0][1] == proxy.calls[1][1] is not None

    @pytest.mark.parametrize(
        ("command", "error", "options", "final"),
        [
            ("variables set k v", problem("outcome-unknown"), {}, True),
            ("variables set k v", problem("outcome-unclear"), {}, True),
            ("variables set k v", NoResponseError("https://api", "reset", True), {}, True),
            ("variables set k v", NoResponseError("https://api", "refused", False), {}, False),
            ("variables set k v", problem("outcome-unknown"), {"retry_unknown_outcome": True}, False),
            ("variables set k v", problem("command-failed"), {}, False),
            ("dags trigger x", problem("outcome-unknown"), {}, False),
            ("dags trigger x", NoResponseError("https://api", "reset", True), {}, False),
        ],
    )
    def test_unknown_outcomes(
        self,
        proxy: FakeProxy,
        context: Context,
        command: str,
        error: Exception,
        options: dict[str, Any],
        final: bool,
    ) -> None:
        proxy.error = error
        with pytest.raises(AirflowException) as caught:
            AirflowCommandOperator(task_id="t", command=command, **options).execute(context)
        assert isinstance(caught.value, AirflowFailException) is final

    @pytest.mark.parametrize(
        ("command", "cause", "options", "kind"),
        [
            ("variables set k v", NoResponseError("https://api", "interrupted", True), {}, AirflowFailException),
            ("variables set k v", problem("busy"), {}, AirflowTaskTimeout),
            ("variables set k v", None, {}, AirflowTaskTimeout),
            (
                "variables set k v",
                NoResponseError("https://api", "interrupted", True),
                {"retry_unknown_outcome": True},
                AirflowTaskTimeout,
            ),
            ("dags trigger x", NoResponseError("https://api", "interrupted", True), {}, AirflowTaskTimeout),
        ],
    )
    def test_execution_timeout(
        self,
        proxy: FakeProxy,
        context: Context,
        command: str,
        cause: Exception | None,
        options: dict[str, Any],
        kind: type[BaseException],
    ) -> None:
        proxy.error = AirflowTaskTimeout("Timeout")
        proxy.error.__cause__ = cause
        with pytest.raises(kind):
            AirflowCommandOperator(task_id="t", command=command, **options).execute(context)


class TestSensor:
    @pytest.mark.parametrize(
        ("error", "done"),
        [
            (None, True),
            (problem("run-not-found"), False),
            (problem("busy"), False),
            (NoResponseError("https://api", "refused", False), False),
            (create_problem_error({"type": "about:blank", "status": 502, "detail": "Not the proxy."}, True), False),
        ],
    )
    def test_pokes(self, proxy: FakeProxy, context: Context, error: Exception | None, done: bool) -> None:
        proxy.error, proxy.states = error, {"r": "success"}
        assert sensor().poke(context) is done

    def test_fails_with_the_run(self, proxy: FakeProxy, context: Context) -> None:
        proxy.states = {"r": "failed"}
        with pytest.raises(AirflowFailException, match="r of d failed"):
            sensor().poke(context)

    def test_fails_if_waiting_cannot_help(self, proxy: FakeProxy, context: Context) -> None:
        proxy.error = problem("not-granted")
        with pytest.raises(AirflowFailException, match="not-granted"):
            sensor().poke(context)


def sensor() -> RemoteDagRunSensor:
    return RemoteDagRunSensor(task_id="s", external_dag_id="d", external_run_id="r")
