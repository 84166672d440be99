"""Shows that a run has not finished: in one line of a terminal, or in one output of a notebook."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from ._text import escape_invisible, format_duration
from ._types import RunState
from ._wait import ProgressOption, WaitProgress


class Display(Protocol):
    """Where a wait is shown."""

    def show(self, progress: WaitProgress) -> object:
        """The run has not finished."""

    def finish(self, run: RunState | None, seconds: float, /) -> None:
        """The wait has ended: with a run that has finished, or with an error."""

    def interrupt(self, environment: str, dag_id: str, run_id: str) -> None:
        """The wait was interrupted by Ctrl-C. Shows how to go on waiting."""


def create_display(option: ProgressOption) -> Display:
    """The display for an option of `Proxy.wait`."""
    if callable(option):
        return CallbackDisplay(option)
    if option is not False:
        shell = _find_notebook()
        if shell is not None:
            return NotebookDisplay()
        if _is_terminal(sys.stderr):
            return TerminalDisplay(sys.stderr)
    return LineDisplay(sys.stderr) if option else CallbackDisplay(lambda _: None)


def describe(progress: WaitProgress) -> str:
    """The run and its state, in one line."""
    subject = f"{progress.run_id} of {progress.dag_id}"
    if progress.detail is not None:
        return escape_invisible(f"{subject}: state unknown, will retry. {progress.detail}")
    return escape_invisible(f"{subject}: {progress.state or 'does not exist yet'}")


class CallbackDisplay:
    """Calls a function, and shows nothing."""

    def __init__(self, show: Callable[[WaitProgress], object]) -> None:
        self.show = show

    def finish(self, run: RunState | None, seconds: float) -> None:
        """Shows nothing."""

    def interrupt(self, environment: str, dag_id: str, run_id: str) -> None:
        """Shows nothing."""


class LineDisplay:
    """Prints a line for each change."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._previous: str | None = None

    def show(self, progress: WaitProgress) -> None:
        """Prints the state, if it has changed."""
        text = describe(progress)
        if text != self._previous:
            self._print(f"{text} (after {format_duration(progress.seconds)})")
        self._previous = text

    def finish(self, run: RunState | None, seconds: float, /) -> None:
        """Shows nothing: the caller knows."""

    def interrupt(self, environment: str, dag_id: str, run_id: str) -> None:
        """Prints the command that goes on waiting."""
        words = ["mwaa-wait", "--environment", environment, "--", dag_id, run_id]
        self._print(f"The run continues. To keep waiting: {shlex.join(words)}")

    def _print(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


class TerminalDisplay(LineDisplay):
    """Overwrites one line, and removes it at the end."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._width = 0

    def show(self, progress: WaitProgress) -> None:
        """Shows the state."""
        text = f"{format_duration(progress.seconds)}  {describe(progress)}"[: self._get_columns() - 1]
        # Spaces instead of escape sequences, because every terminal supports them.
        self._write(f"\r{text.ljust(self._width)}" + (f"\r{text}" if len(text) < self._width else ""))
        self._width = len(text)

    def finish(self, _run: RunState | None, _seconds: float) -> None:
        """Removes the line."""
        if self._width > 0:
            self._write(f"\r{' ' * self._width}\r")
        self._width = 0

    def _get_columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class NotebookDisplay:
    """Updates one output of the cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, progress: WaitProgress) -> None:
        """Shows the state."""
        self._update(f"{describe(progress)} (after {format_duration(progress.seconds)})")

    def finish(self, run: RunState | None, seconds: float) -> None:
        """Shows how the run ended."""
        if run is not None:
            text = escape_invisible(f"{run.run_id} of {run.dag_id}: {run.state}")
            self._update(f"{text} (after {format_duration(seconds)})")

    def interrupt(self, environment: str, dag_id: str, run_id: str) -> None:
        """Shows the call that goes on waiting."""
        call = f"proxy.wait({dag_id!r}, {run_id!r})"
        self._update(f"The run continues in {environment}. To keep waiting: {call}")

    def _update(self, text: str) -> None:
        from IPython.display import display

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def _find_notebook() -> Any:
    """The shell of a notebook's kernel, or None. A terminal in which IPython runs is a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
