"""`mwaa-wait`: waits until a DAG run has finished. It behaves as `mwaa wait` of the npm package."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
import time
from collections.abc import Sequence
from typing import NoReturn, TextIO, cast

from mwaa_cli_proxy._contract import POLL_INTERVAL_SECONDS, SETTING_VARIABLES, WAIT_TIMEOUT_SECONDS, ExitCode
from mwaa_cli_proxy._progress import LineDisplay, TerminalDisplay
from mwaa_cli_proxy._settings import Settings, load_settings
from mwaa_cli_proxy._text import escape_invisible, format_duration
from mwaa_cli_proxy._types import RunState
from mwaa_cli_proxy._wait import WaitProgress
from mwaa_cli_proxy.client import Proxy
from mwaa_cli_proxy.errors import ProxyError, SettingsError, WaitTimeoutError

from ._failure import describe_failure
from ._task_logs import print_task_logs_hint
from ._terminal import Terminal, UsageError, run_program

PROGRAM = "mwaa-wait"

USAGE = f"""Usage: mwaa-wait [--environment NAME] [--timeout TIME] [--interval TIME] DAG RUN_ID

Waits until a DAG run has finished. Keeps polling if Airflow is busy or unreachable. Needs grants for the commands that
show a run:
  Airflow 3           dags state reporting_* *
  Airflow 2.2 to 2.11 tasks states-for-dag-run reporting_* *
                      dags list-runs --dag-id=reporting_* --start-date=* --end-date=*
  Airflow 1.10        list_dag_runs reporting_*
With only "dags list-runs" for the DAG, each poll lists all of its runs. If the run fails, prints the command that shows
its task logs, and the failed tasks if "tasks states-for-dag-run" is granted.

  --environment NAME  name in the proxy's configuration; default {SETTING_VARIABLES["environment"]}
  --timeout TIME      stop waiting after this time, for example 90s, 30m or 2h; default 30m. The run continues
  --interval TIME     pause between the first two polls; default 5s. Each further pause is 50% longer, up to one minute

  mwaa-wait reporting_daily manual__2026-11-22T06:00:00+00:00
  mwaa-wait --timeout 2h reporting_daily "$run" && ./publish

Exit codes: 0 the run succeeded, 1 the run failed, 2 invalid usage, 66 the run does not exist, 124 timed out,
130 Ctrl-C; others as for mwaa-airflow (docs/python.md).
"""

QUEUED_HINT = "A run stays queued while its DAG is paused, or while other runs are ahead of it."
#: After this long, a wait that still has its run queued says why that can be.
QUEUED_HINT_SECONDS = 30.0

_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_MAX_SECONDS = 7 * 24 * 3600


def main() -> int:
    """Runs the program with the arguments of this process."""
    return run_program(PROGRAM, run_wait)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {PROGRAM} --help")


def run_wait(words: Sequence[str], terminal: Terminal) -> int:
    """Waits as the words say, and reports how the run ended.

    Returns:
        The exit code: 0 success, 1 failed; any other: the state is unknown.
    """
    parser = _Parser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    for option in ("--environment", "--timeout", "--interval"):
        parser.add_argument(option)
    parser.add_argument("ids", nargs="*")
    end = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_intermixed_args(list(words[:end]))
    ids = [*arguments.ids, *words[end + 1 :]]
    if arguments.help:
        terminal.stdout.write(USAGE)
        return ExitCode.OK
    timeout = _parse_duration(arguments.timeout, "--timeout", WAIT_TIMEOUT_SECONDS)
    interval = _parse_duration(arguments.interval, "--interval", POLL_INTERVAL_SECONDS)
    if len(ids) != 2 or not all(ids):
        raise UsageError(
            f"Specify one run by the id of its DAG and its run id: {PROGRAM} DAG RUN_ID. See: {PROGRAM} --help"
        )
    variables = {} if arguments.environment is None else {SETTING_VARIABLES["environment"]: arguments.environment}
    return _Wait(ids[0], ids[1], timeout, interval, terminal).run(variables)


def _parse_duration(text: str | None, option: str, default: float) -> float:
    """Reads `90s`, `30m` or `2h`. A bare number is seconds."""
    if text is None:
        return default
    match = re.fullmatch(r"([0-9]+)([smh]?)", text)
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]] if match and len(text) < 10 else 0
    if 0 < seconds <= _MAX_SECONDS:
        return seconds
    raise UsageError(
        f"{option} {text} is not a duration of up to 7 days. Examples: 90s, 30m, 2h. See: {PROGRAM} --help"
    )


class _Wait:
    """One wait, with what it has shown."""

    def __init__(self, dag_id: str, run_id: str, timeout: float, interval: float, terminal: Terminal) -> None:
        self._dag_id = dag_id
        self._run_id = run_id
        self._subject = f"{run_id} of {dag_id}"
        self._timeout = timeout
        self._interval = interval
        self._terminal = terminal
        stderr = cast(TextIO, terminal.stderr)
        self._display = TerminalDisplay(stderr) if terminal.is_interactive else LineDisplay(stderr)
        self._started = time.monotonic()
        self._was_seen = False
        self._is_hinted = False

    def run(self, variables: dict[str, str]) -> int:
        """Waits, and reports how the run ended."""
        environ = {**self._terminal.environ, **variables}
        try:
            settings = load_settings(environ=environ)
            with Proxy._create(settings, environ) as proxy:
                return self._wait(proxy, settings)
        except SettingsError as error:
            self._print_message(describe_failure(error).text)
            return ExitCode.SETUP

    def _wait(self, proxy: Proxy, settings: Settings) -> int:
        try:
            run = proxy.wait(
                self._dag_id, self._run_id, timeout=self._timeout, interval=self._interval, progress=self._show
            )
        except KeyboardInterrupt:
            self._clear()
            self._print_message("interrupted.")
            self._print_message(f"The run continues. {self._describe_next_wait(settings)}")
            return ExitCode.INTERRUPTED
        except WaitTimeoutError as error:
            self._clear()
            return self._report_timeout(error, settings)
        except SettingsError:
            self._clear()
            raise
        except ProxyError as error:
            self._clear()
            return self._report_error(error, settings)
        self._clear()
        return self._report_end(run, proxy, settings)

    def _show(self, progress: WaitProgress) -> None:
        """Shows the state of the run, and once why it may stay queued."""
        self._was_seen = self._was_seen or progress.state is not None
        if progress.state == "queued" and progress.seconds >= QUEUED_HINT_SECONDS and not self._is_hinted:
            self._is_hinted = True
            self._clear()
            self._print_message(QUEUED_HINT)
        self._display.show(progress)

    def _report_end(self, run: RunState, proxy: Proxy, settings: Settings) -> int:
        duration = format_duration(time.monotonic() - self._started)
        self._terminal.stdout.write(f"{escape_invisible(self._subject)}: {run.state} after {duration}.\n")
        if run.state == "success":
            return ExitCode.OK
        print_task_logs_hint(proxy, settings, run, self._print_message)
        return ExitCode.FAILED

    def _report_timeout(self, error: WaitTimeoutError, settings: Settings) -> int:
        self._print_message(
            f"{self._subject}: not finished after {format_duration(self._timeout)}, last state: "
            f"{error.state or 'unknown'}. The run continues."
        )
        if error.state == "queued":
            self._print_message(QUEUED_HINT)
        self._print_message(self._describe_next_wait(settings))
        return ExitCode.TIMED_OUT

    def _report_error(self, error: ProxyError, settings: Settings) -> int:
        code = getattr(error, "code", None)
        if code == "run-not-found":
            self._print_message(
                f"{self._subject} no longer exists: it was deleted while waiting."
                if self._was_seen
                else f"There is no run {self._run_id} of DAG {self._dag_id}."
            )
            return ExitCode.NO_RUN
        failure = describe_failure(error)
        self._print_message(failure.text)
        # Nothing was found out about a run in an environment that the caller cannot use.
        if failure.exit_code != ExitCode.SETUP:
            self._print_message(f"The run continues. {self._describe_next_wait(settings)}")
        return failure.exit_code

    def _describe_next_wait(self, settings: Settings) -> str:
        words = [PROGRAM, "--environment", settings.environment, "--", self._dag_id, self._run_id]
        return f"To keep waiting: {shlex.join(words)}"

    def _clear(self) -> None:
        self._display.finish(None, 0)

    def _print_message(self, text: str) -> None:
        self._terminal.print_message(PROGRAM, text)


if __name__ == "__main__":
    sys.exit(main())
