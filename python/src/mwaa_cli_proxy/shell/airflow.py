"""`mwaa-airflow`: Airflow's command line on a remote environment.

It behaves as the `airflow` command of the npm package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from mwaa_cli_proxy._base import Streams
from mwaa_cli_proxy._contract import CLIENT_OPTIONS, EXIT_CODE_BY_OUTCOME, GROUPS, ExitCode
from mwaa_cli_proxy._settings import load_settings
from mwaa_cli_proxy.client import Proxy
from mwaa_cli_proxy.errors import ProblemError, ProxyError

from ._failure import describe_failure, describe_interruption, format_problem, get_exit_code
from ._print_streams import CONFIRMATION_HINT, asks_for_confirmation, has_error_output, print_result, print_streams
from ._terminal import Terminal, run_program
from ._usage_error import find_usage_error

PROGRAM = "mwaa-airflow"

#: Called if a command waits for a free slot.
OnWait = Callable[[], object] | None


def main() -> int:
    """Runs the program with the arguments of this process."""
    return run_program(PROGRAM, run_airflow)


def run_airflow(words: Sequence[str], terminal: Terminal) -> int:
    """Sends all words after the options of the client to the environment.

    Returns:
        The exit code: Airflow's own if it is known; 0 if it is unknown and nothing indicates a failure.
    """
    argv, variables = parse_client_options(words)

    def print_message(text: str) -> None:
        terminal.print_message(PROGRAM, text)

    environ = {**terminal.environ, **variables}
    if is_help_request(argv):
        from ._help import print_help

        return print_help(PROGRAM, argv, environ, terminal)
    usage_error = find_usage_error(PROGRAM, argv)
    if usage_error is not None:
        print_message(usage_error)
        return ExitCode.USAGE
    on_wait = create_wait_notice(terminal)
    try:
        settings = load_settings(environ=environ)
        with Proxy._create(settings, environ) as proxy:
            if is_variables_import(argv):
                from ._import_variables import import_variables

                return import_variables(argv, proxy, settings.airflow_version, terminal, print_message, on_wait)
            return run_and_print(proxy, argv, settings.stream_mode, terminal, on_wait)
    except ProxyError as error:
        failure = describe_failure(error)
        print_message(failure.text)
        return failure.exit_code
    except KeyboardInterrupt as interruption:
        print_message(describe_interruption(interruption))
        return ExitCode.INTERRUPTED


def create_wait_notice(terminal: Terminal) -> OnWait:
    """The listener that says, once and only on a terminal, that a command waits for a free slot."""
    if not terminal.is_interactive:
        return None
    printed: list[bool] = []

    def print_notice() -> None:
        if not printed:
            terminal.print_message(PROGRAM, "waiting for a free slot …")
        printed.append(True)

    return print_notice


def run_and_print(
    proxy: Proxy, argv: Sequence[str], stream_mode: str, terminal: Terminal, on_wait: OnWait = None
) -> int:
    """Runs one command and prints its answer.

    Returns:
        The exit code.
    """

    def print_message(text: str) -> None:
        terminal.print_message(PROGRAM, text)

    streams: Streams = "whole" if stream_mode == "raw" else "split"
    try:
        result = proxy.run(argv, format="raw", streams=streams, on_wait=on_wait)
    except ProblemError as error:
        print_streams(error.problem, terminal, is_quiet=False)
        # Airflow's own error output explains a failed command already.
        if error.code != "command-failed" or not has_error_output(error.problem):
            print_message(format_problem(error))
        if asks_for_confirmation(error.problem):
            print_message(CONFIRMATION_HINT)
        return get_exit_code(error)
    print_result(result, stream_mode, terminal, print_message)
    return EXIT_CODE_BY_OUTCOME.get(result.outcome, ExitCode.OK)


def parse_client_options(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Separates the client's own options from the command that follows them.

    Returns:
        The words of the command, and the variables that the options set.
    """
    variables: dict[str, str] = {}
    for index, word in enumerate(words):
        option = CLIENT_OPTIONS.get(word)
        if option is None:
            return list(words[index:]), variables
        variables.update(option.variables)
    return [], variables


def is_help_request(argv: Sequence[str]) -> bool:
    """Whether the words ask for help: `--help` where argparse would read it as an option, `help`, or nothing."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    return not argv or find_help_word(argv) is not None or "--help" in options or "-h" in options


def find_help_word(argv: Sequence[str]) -> int | None:
    """The index of the word `help` where a command belongs. Airflow has no command of that name."""
    if argv[:1] == ["help"]:
        return 0
    return 1 if argv[1:2] == ["help"] and argv[0] in GROUPS else None


def is_variables_import(argv: Sequence[str]) -> bool:
    """Whether the words are an import of variables, in the syntax of any release."""
    if len(argv) < 2 or argv[0] != "variables":
        return False
    return argv[1] in ("import", "--import") or argv[1].startswith(("-i", "--import="))


if __name__ == "__main__":
    sys.exit(main())
