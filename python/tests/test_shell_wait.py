"""`mwaa-wait`, in this process."""

from __future__ import annotations

import pytest
from conftest import Server, ok
from shell_support import Shell, problem

from mwaa_cli_proxy import RunState
from mwaa_cli_proxy.shell import wait
from mwaa_cli_proxy.shell._task_logs import format_task_logs_command

pytestmark = pytest.mark.usefixtures("no_pauses")


def state(name: str, **members: str) -> object:
    return ok({"state": name, "airflowVersion": "2.10.3", **members})


def test_success(shell: Shell, server: Server) -> None:
    server.answer(state("queued"), state("running"), state("running"), state("success"))
    run = shell.wait("daily", "r 1")

    assert (run.exit_code, run.stdout) == (0, "r 1 of daily: success after 0s.\n")
    assert run.stderr == "r 1 of daily: queued (after 0s)\nr 1 of daily: running (after 0s)\n"
    assert server.requests[0].path.endswith("/environments/prod/run?dagId=daily&runId=r%201")


def test_a_terminal_shows_one_line(shell: Shell, server: Server) -> None:
    shell.is_interactive = True
    server.answer(state("running"), state("success"))

    assert shell.wait("daily", "r").stderr == "\r0s  r of daily: running\r                       \r"


def test_failure_names_the_tasks_and_the_logs(shell: Shell, server: Server) -> None:
    tasks = [
        {"task_id": "b", "state": "failed", "start_date": "2026-11-22T06:00:02.5+00:00"},
        {"task_id": "a", "state": "success", "start_date": "2026-11-22T06:00:01.123456+00:00"},
        {"task_id": "c", "state": "upstream_failed", "start_date": ""},
    ]
    server.answer(state("failed"), ok({"outcome": "succeeded", "output": tasks}))
    run = shell.wait("daily", "r:1")

    assert (run.exit_code, run.stdout) == (1, "r:1 of daily: failed after 0s.\n")
    assert run.stderr == (
        "mwaa-wait: Failed tasks: b\n"
        "mwaa-wait: The task logs are in CloudWatch Logs (if prod is also the name of the environment in MWAA):\n"
        "  aws logs tail airflow-prod-Task --since 2026-11-22T06:00:01Z --log-stream-name-prefix "
        "dag_id=daily/run_id=r_1/task_id=b/\n"
    )
    assert server.requests[1].json["argv"] == ["tasks", "states-for-dag-run", "--output=json", "--", "daily", "r:1"]


def test_failure_without_a_grant_for_the_tasks(shell: Shell, server: Server) -> None:
    server.answer(state("failed", startedAt="2026-11-22T06:00:00+00:00"), problem("not-granted", 403))

    assert "--since 2026-11-22T06:00:00Z --log-stream-name-prefix dag_id=daily/run_id=r/\n" in (
        shell.wait("daily", "r").stderr
    )


@pytest.mark.parametrize(
    ("release", "task", "prefix"),
    [
        ("1.10.12", "t", "d/t/"),
        ("2.2.2", None, "d/"),
        ("2.3.0", None, "dag_id=d/run_id=r_1/"),
        ("3.0.6", "t", "dag_id=d/run_id=r_1/task_id=t/"),
    ],
)
def test_the_stream_of_a_log_depends_on_the_release(release: str, task: str | None, prefix: str) -> None:
    command = format_task_logs_command("prod", release, RunState("d", "r:1", "failed"), None, task)

    assert command == f"aws logs tail airflow-prod-Task --since 1d --log-stream-name-prefix {prefix}"


def test_a_run_that_does_not_exist(shell: Shell, server: Server) -> None:
    server.answer(problem("run-not-found", 404))
    run = shell.wait("daily", "r")

    assert (run.exit_code, run.stderr) == (66, "mwaa-wait: There is no run r of DAG daily.\n")


def test_a_run_that_is_deleted(shell: Shell, server: Server) -> None:
    server.answer(state("running"), problem("run-not-found", 404))
    run = shell.wait("daily", "r")

    assert run.exit_code == 66
    assert run.stderr.endswith("mwaa-wait: r of daily no longer exists: it was deleted while waiting.\n")


def test_a_timeout_says_how_to_go_on(shell: Shell, server: Server) -> None:
    server.answer(state("queued"))
    run = shell.wait("--timeout", "1s", "--environment", "next one", "daily", "it's")

    assert run.exit_code == 124
    assert run.stderr.endswith(
        "mwaa-wait: it's of daily: not finished after 1s, last state: queued. The run continues.\n"
        "mwaa-wait: A run stays queued while its DAG is paused, or while other runs are ahead of it.\n"
        "mwaa-wait: To keep waiting: mwaa-wait --environment 'next one' -- daily 'it'\"'\"'s'\n"
    )
    assert "/environments/next%20one/run" in server.requests[0].path


def test_a_queued_run_is_explained_once(shell: Shell, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "QUEUED_HINT_SECONDS", 0.0)
    server.answer(state("queued"), state("queued"), state("success"))

    assert shell.wait("daily", "r").stderr.count(wait.QUEUED_HINT) == 1


def test_a_problem_that_may_go_away(shell: Shell, server: Server) -> None:
    server.answer(problem("airflow-unreachable", 502), problem("airflow-unreachable", 502), state("success"))
    run = shell.wait("daily", "r")

    assert run.exit_code == 0
    assert run.stderr == "r of daily: state unknown, will retry. It is airflow-unreachable. (after 0s)\n"


@pytest.mark.parametrize(("code", "exit_code", "continues"), [("not-granted", 77, True), ("not-found", 78, False)])
def test_a_problem_that_ends_the_wait(shell: Shell, server: Server, code: str, exit_code: int, continues: bool) -> None:
    server.answer(problem(code, 403))
    run = shell.wait("daily", "r")

    assert run.exit_code == exit_code
    assert run.stderr.startswith(f"mwaa-wait: It is {code}.\n")
    assert ("The run continues. To keep waiting: mwaa-wait --environment prod -- daily r\n" in run.stderr) == continues


def test_settings_that_are_missing(shell: Shell) -> None:
    shell.variables = {"MWAA_ENVIRONMENT": ""}
    run = shell.wait("daily", "r")

    assert run.exit_code == 78
    assert run.stderr == "mwaa-wait: Set MWAA_ENVIRONMENT to the name of the environment.\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "Specify one run"),
        (["daily"], "Specify one run"),
        (["daily", ""], "Specify one run"),
        (["daily", "r", "x"], "Specify one run"),
        (["--timeout", "8d", "daily", "r"], "--timeout 8d is not a duration"),
        (["--interval=0", "daily", "r"], "--interval 0 is not a duration"),
        (["--timeout", "169h", "daily", "r"], "--timeout 169h is not a duration"),
        (["--time", "9s", "daily", "r"], "nrecognized arguments: --time"),
        (["daily", "r", "--timeout"], "rgument --timeout: expected one argument"),
    ],
)
def test_words_that_are_invalid(shell: Shell, server: Server, words: list[str], text: str) -> None:
    run = shell.wait(*words)

    assert run.exit_code == 2
    assert text in run.stderr
    assert run.stderr.endswith(" See: mwaa-wait --help")
    assert server.requests == []


def test_ids_may_look_like_options(shell: Shell, server: Server) -> None:
    server.answer(state("success"))

    assert shell.wait("--timeout", "2m", "--", "daily", "--r").stdout.startswith("--r of daily: success")


def test_help(shell: Shell) -> None:
    run = shell.wait("--help")

    assert (run.exit_code, run.stdout) == (0, wait.USAGE)
    assert all(len(line) <= 120 for line in wait.USAGE.splitlines())
