"""Prints what a command printed: its answer to standard output, everything else to standard error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mwaa_cli_proxy._contract import NOTE_TEXTS, QUIET_KINDS, QUIET_NOTES
from mwaa_cli_proxy._types import CommandResult

from ._terminal import Terminal

#: What Airflow's formatter of colors left behind. It changes nothing before a text.
_LEADING_RESETS = re.compile(r"(?:\x1b\[0?m)+")

#: Commands have no standard input on MWAA, so a confirmation prompt makes them fail.
_CONFIRMATION = re.compile(r"EOFError|\(y/n\)|\[y/N\]", re.IGNORECASE)
CONFIRMATION_HINT = "Airflow asked for confirmation, which is not possible on MWAA. Add --yes to the command."


def print_result(
    result: CommandResult, stream_mode: str, terminal: Terminal, print_message: Callable[[str], None]
) -> None:
    """Prints the answer of a result, what else was printed, and its notes."""
    print_streams(result.raw, terminal, is_quiet=stream_mode == "quiet" and result.outcome != "failed")
    for note in result.notes:
        # A newer proxy may send notes without a text here.
        if stream_mode == "all" or note not in QUIET_NOTES:
            print_message(NOTE_TEXTS.get(note, note))


def print_streams(members: Mapping[str, Any], terminal: Terminal, *, is_quiet: bool) -> None:
    """Prints the answer and the messages of a result or a problem. A relay of an older version returns the streams."""
    terminal.stdout.write(_get_text(members, "answer") or _get_text(members, "stdout"))
    for message in _get_messages(members):
        text = str(message.get("text", ""))
        if is_quiet:
            if message.get("kind") in QUIET_KINDS:
                continue
            match = _LEADING_RESETS.match(text)
            text = text[match.end() :] if match else text
        terminal.stderr.write(text if text.endswith("\n") else f"{text}\n")
    terminal.stderr.write(_get_text(members, "stderr"))


def has_error_output(problem: Mapping[str, Any]) -> bool:
    """Whether something stood on standard error."""
    return bool(problem.get("stderr")) or any(message.get("stream") == "stderr" for message in _get_messages(problem))


def asks_for_confirmation(problem: Mapping[str, Any]) -> bool:
    """Whether Airflow waited for an answer that nobody can give."""
    texts = [_get_text(problem, name) for name in ("answer", "stdout", "stderr")]
    texts += [str(message.get("text")) for message in _get_messages(problem)]
    return any(_CONFIRMATION.search(text) for text in texts)


def _get_text(members: Mapping[str, Any], name: str) -> str:
    text = members.get(name)
    return text if isinstance(text, str) else ""


def _get_messages(members: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    messages = members.get("messages")
    return messages if isinstance(messages, list) else ()
