"""`mwaa-airflow variables import`, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Server, ok
from shell_support import Run, Shell, problem

SET: dict[str, Any] = {"outcome": "succeeded", "output": None}


def explanation(release: str = "2.10.3", **members: Any) -> Any:
    refusal = {"code": "not-granted", "detail": "No."}
    return ok({"allowed": False, "refusal": refusal, "airflowVersion": release, **members})


def import_text(
    shell: Shell, tmp_path: Path, text: str | bytes, *options: str, name: str = "v.json", old: bool = False
) -> Run:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return shell.airflow("variables", *(["--import"] if old else ["import"]), str(file), *options)


def list_sent(server: Server) -> list[list[str]]:
    return [request.json["argv"] for request in server.requests[1:]]


def test_each_variable_is_set_with_the_value_that_airflow_stores(shell: Shell, server: Server, tmp_path: Path) -> None:
    server.answer(explanation(), ok(SET))
    long = "9" * 5000
    text = f'{{"a": "x\\n", "b": 1e5, "c": {{"d": [true, null, NaN]}}, "e": {long}, "ü": "é", "a2": "1", "a2": "2"}}'
    run = import_text(shell, tmp_path, text)

    assert list_sent(server) == [
        ["variables", "set", "--", "a", "x\n"],
        ["variables", "set", "--", "b", "100000.0"],
        ["variables", "set", "--", "c", '{\n  "d": [\n    true,\n    null,\n    NaN\n  ]\n}'],
        ["variables", "set", "--", "e", long],
        ["variables", "set", "--", "ü", "é"],
        ["variables", "set", "--", "a2", "2"],
    ]
    assert (run.exit_code, run.stdout) == (0, "6 of 6 variables successfully updated.\n")
    assert run.stderr.startswith("mwaa-airflow: a: set\nmwaa-airflow: b: set\n")


@pytest.mark.parametrize(
    ("release", "sent"),
    [
        ("1.10.12", ["variables", "--set", "k", '{\n  "value": "v",\n  "description": "d"\n}']),
        ("2.11.2", ["variables", "set", "--", "k", '{\n  "value": "v",\n  "description": "d"\n}']),
        ("3.0.6", ["variables", "set", "--description=d", "--", "k", "v"]),
    ],
)
def test_descriptions_begin_with_3_0(
    shell: Shell, server: Server, tmp_path: Path, release: str, sent: list[str]
) -> None:
    server.answer(explanation(release), ok(SET))
    import_text(shell, tmp_path, '{"k": {"value": "v", "description": "d"}}', old=release.startswith("1."))

    assert list_sent(server) == [sent]


@pytest.mark.parametrize(("release", "value"), [("3.2.1", '{\n  "value": ""\n}'), ("3.3.1", "")])
def test_an_empty_value_is_one_since_3_3(
    shell: Shell, server: Server, tmp_path: Path, release: str, value: str
) -> None:
    server.answer(explanation(release), ok(SET))
    import_text(shell, tmp_path, '{"k": {"value": ""}}')

    assert list_sent(server) == [["variables", "set", "--", "k", value]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "Invalid variables file. It must contain one JSON object with a key and a value for each variable."),
        ("{", "Invalid variables file."),
        ("\ufeff{}", "Invalid variables file."),
        ("[" * 200_000, "The variables are nested too deeply."),
        (b'{"a": "\xe9"}', "v.json is not encoded in UTF-8."),
    ],
)
def test_files_that_cannot_be_imported(
    shell: Shell, server: Server, tmp_path: Path, text: str | bytes, message: str
) -> None:
    server.answer(explanation())
    run = import_text(shell, tmp_path, text)

    assert (run.exit_code, run.stdout) == (1, "")
    assert run.stderr.endswith(f"{message}\n")
    assert list_sent(server) == []


def test_a_file_that_does_not_exist(shell: Shell, server: Server) -> None:
    server.answer(explanation())

    assert shell.airflow("variables", "import", "-").stderr == (
        "Missing variables file. For standard input, write: mwaa-airflow variables import /dev/stdin\n"
    )


@pytest.mark.parametrize(
    ("name", "message"), [("v.yaml", "The client imports only JSON. Convert"), ("v.txt", "Unsupported file format.")]
)
def test_the_extension_matters_since_3_2(shell: Shell, server: Server, tmp_path: Path, name: str, message: str) -> None:
    server.answer(explanation("3.2.1"))

    assert message in import_text(shell, tmp_path, "{}", name=name).stderr


def test_what_cannot_be_stored_is_not_sent(shell: Shell, server: Server, tmp_path: Path) -> None:
    server.answer(explanation("3.0.6"), ok(SET))
    text = r'{"a": "\ud800", "b": {"value": 1, "description": [1]}, "c": "\ud83d\ude00"}'
    run = import_text(shell, tmp_path, text)

    assert list_sent(server) == [["variables", "set", "--", "c", "😀"]]
    assert run.exit_code == 1
    assert run.stdout == "1 of 3 variables successfully updated.\n2 variable(s) failed to be updated.\n"


@pytest.mark.parametrize(
    ("action", "exit_code", "count", "text"),
    [
        ("skip", 0, 1, "The variables with these keys: ['a', 'b'] were skipped because they already exists\n"),
        ("fail", 1, 0, "Failed. These keys: ['a', 'b'] already exists.\n"),
        ("overwrite", 0, 3, "3 of 3 variables successfully updated.\n"),
    ],
)
def test_existing_keys(
    shell: Shell, server: Server, tmp_path: Path, action: str, exit_code: int, count: int, text: str
) -> None:
    listing = [] if action == "overwrite" else [ok({**SET, "output": [{"key": key} for key in "bax"]})]
    server.answer(explanation(), *listing, ok(SET))
    run = import_text(shell, tmp_path, '{"b": 1, "a": 2, "c": 3}', "--action-on-existing-key", action)

    assert run.exit_code == exit_code
    assert len([argv for argv in list_sent(server) if argv[1] == "set"]) == count
    assert text in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("codes", "exit_code"), [(["not-granted", "x"], 77), (["not-granted", "outcome-unknown"], 3), (["x", "x"], 69)]
)
def test_all_variables_are_tried(
    shell: Shell, server: Server, tmp_path: Path, codes: list[str], exit_code: int
) -> None:
    server.answer(explanation(), *(problem(code, 403) for code in codes), ok(SET))
    run = import_text(shell, tmp_path, '{"a": 1, "b": 2, "c": 3}')

    assert run.exit_code == exit_code
    assert run.stderr.endswith("mwaa-airflow: c: set\n")
    assert run.stdout.startswith("1 of 3 ")


def test_words_that_the_release_does_not_accept(shell: Shell, server: Server) -> None:
    server.answer(explanation(refusal={"code": "unknown-option", "detail": "No option --x."}))
    run = shell.airflow("variables", "import", "--x", "f")

    assert (run.exit_code, run.stderr) == (2, "mwaa-airflow: No option --x.\n")
