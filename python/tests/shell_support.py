"""What the tests of the console programs share: a terminal that records, and the programs as processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from conftest import Answer, ok

from mwaa_cli_proxy.shell import airflow, wait
from mwaa_cli_proxy.shell._terminal import Output, Terminal, UsageError


class RecordedOutput:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is buffered."""

    def fileno(self) -> int:
        raise OSError


@dataclass
class Run:
    """How a program ended, and what it printed."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""


@dataclass
class Shell:
    """Runs the programs in this process, against the API that the test plays."""

    url: str
    variables: dict[str, str] = field(default_factory=dict)
    is_interactive: bool = False

    @property
    def environ(self) -> dict[str, str]:
        return {
            "MWAA_CLI_PROXY_URL": self.url,
            "MWAA_ENVIRONMENT": "prod",
            "MWAA_CLI_PROXY_TOKEN": "a.b.c",
            **self.variables,
        }

    def airflow(self, *words: str) -> Run:
        return self._run(airflow.run_airflow, words)

    def wait(self, *words: str) -> Run:
        return self._run(wait.run_wait, words)

    def start(self, module: str, *words: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        """Starts a program as a process."""
        variables: Mapping[str, str] = options.pop("variables", {})
        env = {**os.environ, **self.environ, **variables}
        command: Sequence[str | bytes] = [sys.executable, "-m", f"mwaa_cli_proxy.shell.{module}", *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=env, **{**pipes, **options})

    def _run(self, run: Callable[[Sequence[str], Terminal], int], words: Sequence[str]) -> Run:
        stdout, stderr = RecordedOutput(), RecordedOutput()
        terminal = Terminal(self.environ, cast(Output, stdout), cast(Output, stderr), self.is_interactive)
        try:
            exit_code = run(words, terminal)
        except UsageError as error:
            return Run(2, stdout.text, f"{stderr.text}{error}")
        return Run(exit_code, stdout.text, stderr.text)


def problem(code: str, status: int = 424, **members: Any) -> Answer:
    """A problem with further members."""
    body = {"type": f"urn:mwaa-cli-proxy:problem:{code}", "title": code, "status": status, "detail": f"It is {code}."}
    retry_after = members.pop("retry_after", None)
    return ok({**body, **members}, status, **({} if retry_after is None else {"retry_after": retry_after}))
