"""`mwaa-airflow`, in this process."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Server, disconnect, ok
from shell_support import Shell, problem

from mwaa_cli_proxy._contract import PROBLEM_TYPES
from mwaa_cli_proxy.shell.airflow import is_help_request, is_variables_import, parse_client_options

MESSAGES = [
    {"stream": "stdout", "kind": "log", "text": "a log\n"},
    {"stream": "stdout", "kind": "text", "text": "cut"},
    {"stream": "stderr", "kind": "warning", "text": "a warning\n"},
    {"stream": "stderr", "kind": "notice", "text": "\x1b[0m"},
]
RESULT = {"outcome": "succeeded", "notes": [], "answer": "[]\n", "messages": MESSAGES}


@pytest.mark.parametrize(("outcome", "exit_code"), [("succeeded", 0), ("unverified", 0), ("failed", 1)])
def test_the_outcome_is_the_exit_code(shell: Shell, server: Server, outcome: str, exit_code: int) -> None:
    server.answer(ok({**RESULT, "outcome": outcome}))

    assert shell.airflow("dags", "list").exit_code == exit_code
    assert server.requests[0].json == {"argv": ["dags", "list"], "format": "raw", "streams": "split"}


@pytest.mark.parametrize(
    ("option", "stderr"),
    [([], "a log\ncut\n"), (["--verbose"], "a log\ncut\na warning\n\x1b[0m\n")],
)
def test_the_answer_is_apart_from_the_messages(shell: Shell, server: Server, option: list[str], stderr: str) -> None:
    server.answer(ok(RESULT))
    run = shell.airflow(*option, "dags", "list")

    assert (run.stdout, run.stderr) == ("[]\n", stderr)


def test_a_result_that_failed_leaves_nothing_out(shell: Shell, server: Server) -> None:
    server.answer(ok({**RESULT, "outcome": "failed", "notes": ["exit-status-misleads"]}))

    assert "a warning\n\x1b[0m\nmwaa-airflow: The answer is complete." in shell.airflow("dags", "list").stderr


def test_color_resets_before_a_text_are_left_out(shell: Shell, server: Server) -> None:
    messages = [{"stream": "stderr", "kind": "text", "text": "\x1b[0m\x1b[ma text\n"}]
    server.answer(ok({**RESULT, "messages": messages}))

    assert shell.airflow("dags", "list").stderr == "a text\n"
    assert shell.airflow("--verbose", "dags", "list").stderr == "\x1b[0m\x1b[ma text\n"


def test_raw_streams_are_printed_as_they_are(shell: Shell, server: Server) -> None:
    server.answer(ok({"outcome": "succeeded", "stdout": "a", "stderr": "b"}))
    run = shell.airflow("--raw", "dags", "list")

    assert (run.stdout, run.stderr) == ("a", "b")
    assert server.requests[0].json == {"argv": ["dags", "list"], "format": "raw"}


def test_a_relay_of_an_older_version_returns_the_streams(shell: Shell, server: Server) -> None:
    server.answer(ok({"outcome": "succeeded", "stdout": "a", "stderr": "b"}))
    run = shell.airflow("dags", "list")

    assert (run.stdout, run.stderr) == ("a", "b")


@pytest.mark.parametrize(
    ("option", "stderr"),
    [
        ([], "mwaa-airflow: The DAG is paused. Its runs do not start until you unpause it.\nmwaa-airflow: brand-new\n"),
        (
            ["--verbose"],
            (
                "mwaa-airflow: The run has no logical date. Listings that filter by date never show it.\n"
                "mwaa-airflow: The DAG is paused. Its runs do not start until you unpause it.\n"
                "mwaa-airflow: brand-new\n"
            ),
        ),
    ],
)
def test_notes_are_printed_as_messages(shell: Shell, server: Server, option: list[str], stderr: str) -> None:
    notes = ["no-logical-date", "dag-is-paused", "brand-new"]
    server.answer(ok({**RESULT, "messages": [], "notes": notes}))

    assert shell.airflow(*option, "dags", "trigger", "daily").stderr == stderr


EXIT_CODES = {
    **dict.fromkeys(["command-failed", "logical-date-collision"], 1),
    **dict.fromkeys(["malformed-request", "invalid-command", "key-reused"], 2),
    **dict.fromkeys(["outcome-unclear", "outcome-unknown", "gateway-error", "gateway-timeout"], 3),
    **dict.fromkeys(["busy", "airflow-busy", "token-throttled", "throttled"], 75),
    **dict.fromkeys(["not-signed", "not-authenticated", "caller-refused", "gateway-refused", "not-granted"], 77),
    "command-refused": 77,
    "not-found": 78,
}


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_each_problem_has_an_exit_code_and_is_explained_once(shell: Shell, server: Server, code: str) -> None:
    server.answer(problem(code, PROBLEM_TYPES[code].status, answer="out", messages=MESSAGES[2:3], requestId="r-1"))
    run = shell.airflow("--no-wait", "dags", "pause", "daily")

    assert (run.exit_code, run.stdout) == (EXIT_CODES.get(code, 69), "out")
    # Airflow's own error output is not repeated.
    message = "" if code == "command-failed" else f"mwaa-airflow: It is {code}. (request r-1)\n"
    assert run.stderr == f"a warning\n{message}"


def test_a_failure_without_error_output_is_explained(shell: Shell, server: Server) -> None:
    server.answer(problem("command-failed", 422, answer="", messages=MESSAGES[:1]))

    assert shell.airflow("dags", "pause", "x").stderr == "a log\nmwaa-airflow: It is command-failed.\n"


def test_a_usage_error_of_airflow_has_the_exit_code_of_argparse(shell: Shell, server: Server) -> None:
    server.answer(problem("command-failed", 422, evidence="argparse's usage error"))

    assert shell.airflow("dags", "pause", "x").exit_code == 2


def test_a_prompt_is_explained(shell: Shell, server: Server) -> None:
    server.answer(problem("command-failed", 422, answer="Proceed? (Y/n)", messages=MESSAGES[2:3]))

    assert shell.airflow("dags", "delete", "x").stderr.endswith("is not possible on MWAA. Add --yes to the command.\n")


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ("No such.", "No such. Environments that you can use: prod-a, prod-b."),
        ("Use prod-a or prod-b.", "Use prod-a or prod-b."),
    ],
)
def test_known_environments_are_named_once(shell: Shell, server: Server, detail: str, text: str) -> None:
    server.answer(problem("not-found", 404, detail=detail, environments=["prod-a", "prod-b"]))

    assert shell.airflow("version").stderr == f"mwaa-airflow: {text}\n"


def test_the_advice_of_busy_is_about_the_program(shell: Shell, server: Server) -> None:
    detail = "Send it later, or with the header Prefer: wait=SECONDS if it may wait longer."
    server.answer(problem("busy", 503, detail=detail))

    expected = "mwaa-airflow: Send it later, without --no-wait, or with a larger MWAA_CLI_PROXY_WAIT.\n"
    assert shell.airflow("--no-wait", "version").stderr == expected
    assert server.requests[0].headers["prefer"] == "wait=0"


@pytest.mark.parametrize(("is_interactive", "count"), [(True, 1), (False, 0)])
def test_a_wait_for_a_slot_is_shown_once_on_a_terminal(
    shell: Shell, server: Server, no_pauses: list[float], is_interactive: bool, count: int
) -> None:
    shell.is_interactive = is_interactive
    busy = problem("busy", 503, retry_after="5")
    server.answer(busy, busy, ok(RESULT))

    assert shell.airflow("version").stderr.count("mwaa-airflow: waiting for a free slot …\n") == count


def test_a_lost_connection_may_have_run_the_command(shell: Shell, server: Server) -> None:
    server.answer(disconnect)
    run = shell.airflow("dags", "pause", "daily")

    assert run.exit_code == 3
    assert run.stderr.startswith("mwaa-airflow: The connection was lost (")
    assert run.stderr.endswith("). The command may have run: check in Airflow before you send it again.\n")


def test_an_address_that_cannot_be_reached(shell: Shell) -> None:
    shell.url = "http://127.0.0.1:1/v1"

    run = shell.airflow("dags", "pause", "daily")
    assert run.exit_code == 69
    assert run.stderr == "mwaa-airflow: http://127.0.0.1:1 cannot be reached (ECONNREFUSED).\n"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"MWAA_ENVIRONMENT": ""}, "Set MWAA_ENVIRONMENT to the name of the environment."),
        ({"MWAA_CLI_PROXY_URL": "", "MWAA_CLI_PROXY_TOKEN": ""}, "This command needs a proxy. Set MWAA_CLI_PROXY_URL"),
        ({"MWAA_CLI_PROXY_STDERR": "loud"}, "MWAA_CLI_PROXY_STDERR is"),
    ],
)
def test_settings_that_are_missing(shell: Shell, variables: dict[str, str], text: str) -> None:
    shell.variables = variables
    run = shell.airflow("version")

    assert (run.exit_code, run.stdout) == (78, "")
    assert run.stderr.startswith(f"mwaa-airflow: {text}")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--version"], "Airflow has no option --version. Write: mwaa-airflow version"),
        (["dags", "trigger", "x", "--conf", "@a.json"], 'Write: --conf "$(cat a.json)"'),
        (["dags", "trigger", "x", "-c", "@it's"], "Write: --conf \"$(cat 'it'\\''s')\""),
        (["trigger_dag", "x", "--conf=-"], 'Write: --conf "$(cat)"'),
        (["backfill", "create", "--dag-run-conf=/dev/stdin"], "and /dev/stdin is not JSON"),
    ],
)
def test_words_of_other_programs(shell: Shell, server: Server, words: list[str], hint: str) -> None:
    run = shell.airflow(*words)

    assert run.exit_code == 2
    assert hint in run.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    "words", [["dags", "trigger", "x", "--", "-c", "@a"], ["variables", "set", "-c", "@a"], ["dags", "trigger", "-c"]]
)
def test_words_that_only_look_like_those_of_other_programs(shell: Shell, server: Server, words: list[str]) -> None:
    server.answer(ok(RESULT))

    assert shell.airflow(*words).exit_code == 0


def test_options_of_the_client_precede_the_command() -> None:
    argv, variables = parse_client_options(["--no-wait", "--raw", "--verbose", "dags", "--no-wait"])

    assert argv == ["dags", "--no-wait"]
    assert variables == {"MWAA_CLI_PROXY_WAIT": "0", "MWAA_CLI_PROXY_STDERR": "all"}
    assert parse_client_options(["--raw"])[0] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], True),
        (["help"], True),
        (["dags", "help"], True),
        (["dags", "list", "-h"], True),
        (["variables", "set", "--help"], True),
        (["variables", "set", "--", "--help"], False),
        (["variables", "get", "help"], False),
        (["version", "help"], False),
    ],
)
def test_help_is_asked_for_as_argparse_reads_it(words: list[str], expected: bool) -> None:
    assert is_help_request(words) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["variables", "import", "x"], True),
        (["variables", "-i", "x"], True),
        (["variables", "-ix"], True),
        (["variables", "--import=x"], True),
        (["variables", "--imports"], False),
        (["variables", "list"], False),
        (["connections", "import", "x"], False),
    ],
)
def test_an_import_is_recognized(words: list[str], expected: bool) -> None:
    assert is_variables_import(words) is expected


ROWS: list[dict[str, Any]] = [
    {"command": "dags list", "usage": "dags list [--output OUTPUT]", "grant": "@read", "line": 3, "options": []},
    {"command": "dags trigger", "usage": "dags trigger dag_id", "grant": "dags trigger a_*", "line": 3, "options": []},
    {"command": "dags trigger", "usage": "dags trigger dag_id", "grant": "dags trigger b_*", "line": 3, "options": []},
    {"command": "version", "usage": "version", "grant": "version", "line": 4, "options": []},
    {"command": "api GET /dags", "usage": "api GET /dags", "grant": "api GET /dags", "line": 5, "options": []},
]


def test_help_lists_what_is_granted(shell: Shell, server: Server) -> None:
    server.answer(ok({"commands": ROWS}))
    run = shell.airflow("--help")

    assert (run.exit_code, run.stderr) == (0, "")
    assert run.stdout.startswith("Usage: mwaa-airflow [-h] [--no-wait] [--verbose] [--raw] COMMAND ...\n")
    assert run.stdout.endswith(
        "Commands that you may run in prod, and the rules that grant them:\n"
        "  dags list [--output OUTPUT]\n    rule: @read\n"
        "  dags trigger dag_id\n    rule: dags trigger a_*\n    rule: dags trigger b_*\n"
        "  version\n"
    )
    assert server.requests[0].path == "/v1/oidc/environments/prod/commands"


def test_help_without_a_command_is_a_usage_error(shell: Shell, server: Server) -> None:
    server.answer(ok({"commands": ROWS}))
    run = shell.airflow()

    assert (run.exit_code, run.stderr) == (2, "mwaa-airflow: No command. Write one, as in: mwaa-airflow dags list\n")
    assert "  version\n" in run.stdout


@pytest.mark.parametrize(
    "words", [["dags", "--help"], ["help", "dags"], ["dags", "help"], ["dags", "trigger", "x", "-h"]]
)
def test_help_for_a_group_or_a_command(shell: Shell, server: Server, words: list[str]) -> None:
    server.answer(ok({"commands": ROWS}))
    run = shell.airflow(*words)

    assert run.exit_code == 0
    assert "dags trigger dag_id" in run.stdout
    assert "version" not in run.stdout
    assert ("dags list" in run.stdout) == ("trigger" not in words)


def test_help_for_a_command_that_is_not_granted(shell: Shell, server: Server) -> None:
    server.answer(ok({"commands": ROWS}))

    assert shell.airflow("pools", "list", "--help").stderr == (
        'mwaa-airflow: No command "pools list" is granted to you in prod.\n'
    )


def test_help_without_the_api(shell: Shell) -> None:
    shell.variables = {"MWAA_ENVIRONMENT": ""}
    run = shell.airflow("--help")

    assert run.exit_code == 0
    assert "--no-wait" in run.stdout
    assert run.stderr.startswith("mwaa-airflow: The commands that you may run are unknown. Set MWAA_ENVIRONMENT")
    assert shell.airflow("dags", "list", "--help").exit_code == 78
