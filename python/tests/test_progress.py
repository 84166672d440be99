"""What is shown while a run has not finished."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import types
from contextlib import suppress
from typing import Any

import pytest
from conftest import Server, ok, problem

from mwaa_cli_proxy import Proxy, RunNotFoundError, WaitProgress, WaitTimeoutError
from mwaa_cli_proxy._text import escape_invisible, format_duration

RUNNING, SUCCESS = ok({"state": "running"}), ok({"state": "success"})
BUSY = problem("airflow-busy", 503, retry_safe=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def wait(server: Server, no_pauses: list[float]) -> Any:
    def call(*answers: Any, interrupt: bool = False, **options: Any) -> Any:
        server.answer(*answers)
        proxy = Proxy(server.url, "my env", token="x")
        if interrupt:

            def raise_interrupt(_seconds: float) -> None:
                raise KeyboardInterrupt

            proxy_time = pytest.MonkeyPatch()
            proxy_time.setattr("mwaa_cli_proxy.client.time.sleep", raise_interrupt)
        try:
            return proxy.wait("daily", "r 1", **options)
        finally:
            if interrupt:
                proxy_time.undo()

    return call


def test_nothing_elsewhere(wait: Any, capsys: pytest.CaptureFixture[str]) -> None:
    wait(RUNNING, SUCCESS)
    assert capsys.readouterr() == ("", "")


def test_a_line_per_change_if_it_is_asked_for(wait: Any, capsys: pytest.CaptureFixture[str]) -> None:
    wait(RUNNING, RUNNING, BUSY, RUNNING, SUCCESS, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "r 1 of daily: running (after 0s)",
        "r 1 of daily: state unknown, will retry. It is airflow-busy. (after 0s)",
        "r 1 of daily: running (after 0s)",
    ]


def test_one_line_on_a_terminal_which_is_removed(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    wait(BUSY, RUNNING, SUCCESS)
    shown = terminal.getvalue()
    assert "\r0s  r 1 of daily: running" in shown
    assert "\n" not in shown
    screen = ""
    for text in shown.split("\r"):
        screen = text + screen[len(text) :]
    assert screen.strip() == ""


def test_nothing_on_a_terminal_if_it_is_not_wanted(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    wait(RUNNING, SUCCESS, progress=False)
    assert terminal.getvalue() == ""


def test_ctrl_c_on_a_terminal_says_how_to_go_on(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(KeyboardInterrupt):
        wait(RUNNING, interrupt=True)
    assert terminal.getvalue().endswith(
        "\rThe run continues. To keep waiting: mwaa-wait --environment 'my env' -- daily 'r 1'\n"
    )


def test_a_function_is_called_after_each_poll(wait: Any) -> None:
    calls: list[WaitProgress] = []
    wait(RUNNING, BUSY, SUCCESS, progress=calls.append)
    assert [(call.run_id, call.state, call.detail) for call in calls] == [
        ("r 1", "running", None),
        ("r 1", None, "It is airflow-busy."),
    ]


def test_a_run_that_does_not_exist_yet(wait: Any, capsys: pytest.CaptureFixture[str]) -> None:
    missing = problem("run-not-found", 404, retry_safe=True)
    wait(missing, RUNNING, SUCCESS, progress=True, appearance_timeout=60)
    assert "r 1 of daily: does not exist yet (after 0s)" in capsys.readouterr().err
    with pytest.raises(RunNotFoundError):
        wait(missing)
    with pytest.raises(WaitTimeoutError):
        wait(RUNNING, timeout=0.5)


def test_one_output_of_a_notebook_is_updated(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            assert raw
            shown.append(data["text/plain"])

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        shown.append(data["text/plain"])
        return Handle()

    shell = types.SimpleNamespace(kernel=object())
    ipython, module = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    module.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    wait(RUNNING, SUCCESS)
    assert shown == ["r 1 of daily: running (after 0s)", "r 1 of daily: success (after 0s)"]
    with pytest.raises(KeyboardInterrupt):
        wait(RUNNING, interrupt=True)
    assert shown[-1] == "The run continues in my env. To keep waiting: proxy.wait('daily', 'r 1')"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("é漢🙂", "é漢🙂"),
        ("a\nb\tc\x1b[0m", r"a\u000ab\u0009c\u001b[0m"),
        ("\u202e\u200b\u00a0\u3000\ufe0f", r"\u202e\u200b\u00a0\u3000\ufe0f"),
        ("\U000e0001\udcff", r"\u{e0001}\udcff"),
    ],
)
def test_text_from_outside_is_shown_on_one_line(text: str, expected: str) -> None:
    assert escape_invisible(text) == expected


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (45, "45s"), (192, "3m 12s"), (180, "3m"), (7500, "2h 5m"), (7201, "2h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_real_terminal_shows_the_state_and_ctrl_c_how_to_go_on(server: Server) -> None:
    import pty

    server.answer(RUNNING)
    script = f"from mwaa_cli_proxy import Proxy; Proxy({server.url!r}, 'prod', token='x').wait('daily', 'r-1')"
    ours, theirs = pty.openpty()
    variables = {"PYTHONPATH": ":".join(sys.path)}
    child = subprocess.Popen([sys.executable, "-c", script], stderr=theirs, stdout=subprocess.PIPE, env=variables)
    os.close(theirs)
    shown = ""
    try:
        while "running" not in shown:
            shown += os.read(ours, 4096).decode()
        child.send_signal(signal.SIGINT)
        # Linux reports the end of a terminal as an error.
        with suppress(OSError):
            while text := os.read(ours, 4096).decode():
                shown += text
        assert child.wait(10) == -signal.SIGINT
        assert child.stdout is not None
        assert child.stdout.read() == b""
    finally:
        child.kill()
        child.communicate()
        os.close(ours)
    assert shown.startswith("\r0s  r-1 of daily: running")
    assert "The run continues. To keep waiting: mwaa-wait --environment prod -- daily r-1\r\n" in shown
    # The traceback has no cause: the poll that was interrupted changes nothing.
    assert "direct cause" not in shown
