"""Help from what is granted to the caller. Nothing runs on Airflow."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence

from mwaa_cli_proxy._contract import CLIENT_OPTIONS, ExitCode
from mwaa_cli_proxy._settings import load_settings
from mwaa_cli_proxy._types import GrantedCommand
from mwaa_cli_proxy.client import Proxy
from mwaa_cli_proxy.errors import ProxyError

from ._failure import describe_failure
from ._terminal import Terminal

#: As argparse, where the width of the terminal is unknown.
_DEFAULT_WIDTH = 80
_MIN_WIDTH = 50
_NAME_WIDTH = 16


def print_help(program: str, argv: Sequence[str], environ: Mapping[str, str], terminal: Terminal) -> int:
    """Prints the commands that the caller may run: all, those of a group, or one.

    Returns:
        The exit code.
    """
    topic = _get_topic(argv)
    width = max(_get_columns(terminal), _MIN_WIDTH)
    if not topic:
        terminal.stdout.write(_format_overview(program, width))
    try:
        settings = load_settings(environ=environ)
        with Proxy._create(settings, environ) as proxy:
            granted = proxy.commands()
    except ProxyError as error:
        failure = describe_failure(error)
        terminal.print_message(program, f"The commands that you may run are unknown. {failure.text}")
        return _get_exit_code(argv) if not topic else failure.exit_code
    commands = [row for row in granted if not row.command.startswith("api ") and _is_about(row, topic)]
    if topic and not commands:
        what = f'No command "{" ".join(topic)}" is' if granted else "Nothing is"
        terminal.print_message(program, f"{what} granted to you in {settings.environment}.")
        return ExitCode.USAGE
    terminal.stdout.write(_format_commands(settings.environment, commands, width))
    if not argv:
        # Airflow prints its help as well, and exits with 2.
        terminal.print_message(program, f"No command. Write one, as in: {program} dags list")
    return _get_exit_code(argv)


def _get_exit_code(argv: Sequence[str]) -> int:
    return ExitCode.OK if argv else ExitCode.USAGE


def _get_topic(argv: Sequence[str]) -> list[str]:
    """The words of the command that help is requested for, without options."""
    from .airflow import find_help_word

    help_word = find_help_word(argv)
    return [word for index, word in enumerate(argv) if index != help_word and not word.startswith("-")]


def _is_about(row: GrantedCommand, topic: Sequence[str]) -> bool:
    """Whether a row is of the group or the command. Words behind the command may be its arguments."""
    path = row.command.split()
    return path[: len(topic)] == list(topic[: len(path)])


def _format_overview(program: str, width: int) -> str:
    options = "".join(f" [{name}]" for name in CLIENT_OPTIONS)
    rows = [("-h, --help", "show the commands that you may run, also after the words of a command")]
    rows += [(name, option.help) for name, option in CLIENT_OPTIONS.items()]
    lines = [f"Usage: {program} [-h]{options} COMMAND ...", "", "Options of this client, before the command:"]
    for name, text in rows:
        lines += textwrap.wrap(
            text,
            width,
            initial_indent=f"  {name.ljust(_NAME_WIDTH - 2)}",
            subsequent_indent=" " * _NAME_WIDTH,
            break_on_hyphens=False,
        )
    return "\n".join(lines) + "\n\n"


def _format_commands(environment: str, commands: Sequence[GrantedCommand], width: int) -> str:
    """One entry for each usage, with the rules that grant it."""
    rules: dict[str, list[str]] = {}
    for row in commands:
        rules.setdefault(row.usage, []).append(row.grant)
    lines = [f"Commands that you may run in {environment}, and the rules that grant them:" if rules else ""]
    lines[0] = lines[0] or f"No command is granted to you in {environment}."
    for usage, grants in rules.items():
        lines += textwrap.wrap(
            usage,
            width,
            initial_indent="  ",
            subsequent_indent="      ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        lines += [f"    rule: {grant}" for grant in dict.fromkeys(grants) if grant != usage]
    return "\n".join(lines) + "\n"


def _get_columns(terminal: Terminal) -> int:
    try:
        return os.get_terminal_size(terminal.stderr.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):
        return _DEFAULT_WIDTH
