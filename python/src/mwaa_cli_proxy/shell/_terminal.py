"""What a console program reads and writes."""

from __future__ import annotations

import errno
import io
import os
import re
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO, cast

from mwaa_cli_proxy._contract import ExitCode

#: Halves of surrogate pairs: bytes of a word that are not UTF-8, or escapes in JSON.
_SURROGATE = re.compile("[\ud800-\udfff]")


#: The reader of a pipe has exited, as in `mwaa-airflow dags list | head`. On Windows, the error is EINVAL.
_READER_IS_GONE = (errno.EPIPE, errno.EINVAL, errno.ESHUTDOWN)


class UsageError(Exception):
    """The arguments of a program are invalid. The message says what to write."""


class Output:
    """A stream of this process. Writes UTF-8 at once, whatever the encoding of the terminal is.

    Attributes:
        error: Why nothing more can be written, if it is not that the reader has exited.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._raw = _get_raw(stream)
        self.error: OSError | None = None

    def write(self, text: str) -> None:
        """Writes a text as it is: line ends are not changed."""
        rest = memoryview(encode(text))
        while self._raw is not None and rest:
            try:
                written = self._raw.write(rest)
            except OSError as error:  # noqa: PERF203 - most texts need one round
                self._raw = None
                self.error = None if error.errno in _READER_IS_GONE else error
            else:
                if written is None:
                    # Whoever started the program has made the pipe non-blocking, and it is full.
                    select.select([], [self._raw], [])
                rest = rest[written or 0 :]

    def flush(self) -> None:
        """Nothing is buffered. A member of text streams."""

    def fileno(self) -> int:
        """The descriptor, for the width of a terminal."""
        if self._raw is None:
            raise io.UnsupportedOperation
        return self._raw.fileno()


def _get_raw(stream: TextIO | None) -> io.RawIOBase | None:
    """The stream without buffers. None if the process was started without it."""
    if stream is None:
        return None
    stream.flush()
    buffer: Any = getattr(stream, "buffer", stream)
    return cast("io.RawIOBase", getattr(buffer, "raw", buffer))


def encode(text: str) -> bytes:
    """The text as UTF-8. What cannot be encoded becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


class Terminal:
    """The terminal of a program.

    Attributes:
        environ: The environment variables.
        stdout: Standard output.
        stderr: Standard error.
        is_interactive: Whether standard error is a terminal, so that progress is shown.
    """

    def __init__(self, environ: Mapping[str, str], stdout: Output, stderr: Output, is_interactive: bool) -> None:
        self.environ = environ
        self.stdout = stdout
        self.stderr = stderr
        self.is_interactive = is_interactive

    def print_message(self, program: str, text: str) -> None:
        """Prints a message of the program itself as a line."""
        self.stderr.write(f"{program}: {text}\n")


def decode_words(words: Sequence[str], platform: str = os.name) -> list[str]:
    """The words of a command line. Python has decoded them as the locale says; they are UTF-8."""
    return [os.fsencode(word).decode("utf-8", "surrogateescape") for word in words] if platform == "posix" else [*words]


def describe_changed_word(words: Sequence[str]) -> str | None:
    """Finds a word that cannot be sent: bytes that are not UTF-8, or what other programs replaced them by.

    Returns:
        A sentence that says what to do, or None.
    """
    for number, word in enumerate(words, start=1):
        if "\ufffd" in word or _SURROGATE.search(word):
            return (
                f"Word {number} has bytes that are not UTF-8, or the character U+FFFD. Nothing was sent. Convert it to "
                "UTF-8, for example with iconv."
            )
    return None


def run_program(program: str, run: Callable[[list[str], Terminal], int]) -> int:
    """Runs a console program with the arguments and the terminal of this process.

    Returns:
        The exit code.
    """
    is_interactive = sys.stderr is not None and sys.stderr.isatty()
    terminal = Terminal(os.environ, Output(sys.stdout), Output(sys.stderr), is_interactive)
    try:
        words = decode_words(sys.argv[1:])
        changed_word = describe_changed_word(words)
        if changed_word is not None:
            raise UsageError(changed_word)
        exit_code = run(words, terminal)
    except UsageError as error:
        terminal.print_message(program, str(error))
        return ExitCode.USAGE
    except KeyboardInterrupt:
        terminal.print_message(program, "interrupted.")
        return ExitCode.INTERRUPTED
    if terminal.stdout.error is not None:
        terminal.print_message(program, f"Standard output cannot be written: {terminal.stdout.error.strerror}.")
        return exit_code or ExitCode.OUTPUT_LOST
    return exit_code
