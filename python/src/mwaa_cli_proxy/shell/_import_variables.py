"""`variables import FILE`, for a file on this machine, which MWAA cannot read."""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from mwaa_cli_proxy._contract import ExitCode
from mwaa_cli_proxy.client import Proxy
from mwaa_cli_proxy.errors import ProblemError

from ._failure import get_exit_code
from ._terminal import Terminal

#: Refusals of `explain` that say nothing about the words: MWAA runs no import, so nobody needs a grant for it.
_NOT_ABOUT_WORDS = frozenset({"not-granted"})


class _ImportError(Exception):
    """The import cannot start. The message is the one that Airflow prints, if it has one. Airflow exits with 1."""


@dataclass(frozen=True)
class _Variable:
    key: str
    value: str
    description: str | None
    #: Why Airflow's own import fails for this variable.
    problem: str | None


def import_variables(
    argv: Sequence[str],
    proxy: Proxy,
    airflow_version: str | None,
    terminal: Terminal,
    print_message: Callable[[str], None],
    on_wait: Callable[[], object] | None,
) -> int:
    """Runs one `variables set` for each key, in order, like Airflow's own import.

    Prints the result of each key to standard error, and Airflow's summary lines to standard output.

    Returns:
        0 if every variable is set; otherwise the exit code of the first problem, after all have been tried.
    """
    explanation = proxy.explain(argv, format="raw")
    if explanation.refusal is not None and explanation.refusal.code not in _NOT_ABOUT_WORDS:
        print_message(explanation.refusal.detail)
        return ExitCode.USAGE
    release = _parse_release(airflow_version or str(explanation.raw.get("airflowVersion", "")))
    file, on_existing_key = _parse_arguments(argv)
    try:
        variables = _read_variables(file, release)
        existing = [] if on_existing_key == "overwrite" else _list_existing_keys(proxy, variables, on_wait)
        if on_existing_key == "fail" and existing:
            raise _ImportError(f"Failed. These keys: {_format_list(existing)} already exists.")
    except _ImportError as error:
        terminal.stderr.write(f"{error}\n")
        return ExitCode.FAILED
    new = [variable for variable in variables if variable.key not in existing]
    exit_codes = [_set_variable(proxy, variable, release, print_message, on_wait) for variable in new]
    failed = [exit_code for exit_code in exit_codes if exit_code != ExitCode.OK]
    terminal.stdout.write(f"{len(new) - len(failed)} of {len(variables)} variables successfully updated.\n")
    if failed:
        terminal.stdout.write(f"{len(failed)} variable(s) failed to be updated.\n")
    if existing:
        keys = _format_list(existing)
        terminal.stdout.write(f"The variables with these keys: {keys} were skipped because they already exists\n")
    return ExitCode.UNKNOWN if ExitCode.UNKNOWN in failed else next(iter(failed), ExitCode.OK)


def _parse_release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise AssertionError(f"The API has accepted these words: {message}")


def _parse_arguments(argv: Sequence[str]) -> tuple[str, str]:
    """The file, and what to do about existing keys, as Airflow's own parser reads the words."""
    parser = _Parser(add_help=False)
    if argv[1] == "import":
        parser.add_argument("file")
        parser.add_argument("-a", "--action-on-existing-key", dest="action", default="overwrite")
        parser.add_argument("-v", "--verbose", action="store_true")
        parsed = parser.parse_args(argv[2:])
        return parsed.file, parsed.action
    parser.add_argument("-i", "--import", dest="file")
    for short, long in (("-g", "--get"), ("-d", "--default"), ("-e", "--export"), ("-x", "--delete")):
        parser.add_argument(short, long)
    parser.add_argument("-s", "--set", nargs=2)
    parser.add_argument("-j", "--json", action="store_true")
    return parser.parse_args(argv[1:]).file, "overwrite"


def _read_variables(file: str, release: tuple[int, ...]) -> list[_Variable]:
    """Reads the variables of a file as Airflow's own import of the release does.

    Source: `variables_import` in `airflow/cli/commands/variable_command.py`.
    """
    if release >= (3, 2):
        _check_extension(file)
    content = _read_json(file)
    if not isinstance(content, dict):
        raise _ImportError(
            "Invalid variables file. It must contain one JSON object with a key and a value for each variable."
        )
    return [_create_variable(key, entry, release) for key, entry in content.items()]


def _create_variable(key: str, entry: Any, release: tuple[int, ...]) -> _Variable:
    value, description = entry, None
    # From 3.0 on, an entry may be an object with a value and a description; until 3.2 only if the value is not empty.
    if release >= (3,) and isinstance(entry, dict):
        is_described = "value" in entry if release >= (3, 3) else bool(entry.get("value"))
        if is_described:
            value, description = entry["value"], entry.get("description")
    texts = [key, _format_value(value), "" if description is None else _format_value(description)]
    problem = None
    if isinstance(description, dict | list):
        problem = "Its description is not a text."
    elif not all(map(_is_well_formed, texts)):
        problem = "It has half of a surrogate pair, which cannot be stored."
    return _Variable(key, texts[1], None if description is None else texts[2], problem)


def _format_value(value: Any) -> str:
    """The text that Airflow stores."""
    if isinstance(value, str):
        return value
    with _any_size_of_integers():
        return json.dumps(value, indent=2)


def _is_well_formed(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_json(file: str) -> Any:
    try:
        # The words are UTF-8, whatever the locale says.
        with open(file.encode() if os.name == "posix" else file, "rb") as stream:
            text = stream.read().decode()
        with _any_size_of_integers():
            return json.loads(text)
    except UnicodeDecodeError:
        raise _ImportError(f"{file} is not encoded in UTF-8.") from None
    except ValueError as error:
        raise _ImportError("Invalid variables file.") from error
    except RecursionError as error:
        raise _ImportError("The variables are nested too deeply.") from error
    except FileNotFoundError:
        hint = " For standard input, write: mwaa-airflow variables import /dev/stdin" if file == "-" else ""
        raise _ImportError(f"Missing variables file.{hint}") from None
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, str(error))
        raise _ImportError(f"{file} cannot be read ({code}).") from error


@contextmanager
def _any_size_of_integers() -> Iterator[None]:
    """Python limits the digits of integers since 3.10.7, because of servers that read those of strangers."""
    set_limit = getattr(sys, "set_int_max_str_digits", None)
    if set_limit is None:
        yield
        return
    limit = sys.get_int_max_str_digits()
    set_limit(0)
    try:
        yield
    finally:
        set_limit(limit)


def _check_extension(file: str) -> None:
    """Since 3.2, Airflow selects the format by the extension. The client reads only JSON."""
    extension = os.path.splitext(file)[1][1:].lower()
    if extension == "json" or file.startswith("/dev/"):
        return
    if extension in ("env", "yaml", "yml"):
        raise _ImportError(f"The client imports only JSON. Convert {file} to JSON.")
    raise _ImportError(
        "Unsupported file format. The file must have one of the following extensions: .env .json .yaml .yml"
    )


def _list_existing_keys(
    proxy: Proxy, variables: Sequence[_Variable], on_wait: Callable[[], object] | None
) -> list[str]:
    rows = proxy.run(["variables", "list"], on_wait=on_wait).output
    existing = {row["key"] for row in rows}
    return sorted(variable.key for variable in variables if variable.key in existing)


def _set_variable(
    proxy: Proxy,
    variable: _Variable,
    release: tuple[int, ...],
    print_message: Callable[[str], None],
    on_wait: Callable[[], object] | None,
) -> int:
    key, value, description = variable.key, variable.value, variable.description
    if variable.problem is not None:
        print_message(f"{key}: {variable.problem}")
        return ExitCode.FAILED
    argv = ["variables", "--set", key, value]
    if release >= (2,):
        options = [] if description is None else [f"--description={description}"]
        argv = ["variables", "set", *options, "--", key, value]
    try:
        proxy.run(argv, format="raw", on_wait=on_wait)
    except ProblemError as error:
        print_message(f"{key}: {error.detail}")
        return get_exit_code(error)
    print_message(f"{key}: set")
    return ExitCode.OK


def _format_list(keys: Sequence[str]) -> str:
    return f"[{', '.join(f'{chr(39)}{key}{chr(39)}' for key in keys)}]"
