"""The console programs as processes: encodings, pipes, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from conftest import Server, ok
from shell_support import Shell, problem

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and descriptors of POSIX")

BIG = "größe …\n" * 400_000
TEXT = "größe 12 m² 😀\r\n\n"


def result(answer: str, **members: object) -> object:
    return ok({"outcome": "succeeded", "notes": [], "answer": answer, "messages": [], **members})


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252:strict"},
        {"PYTHONIOENCODING": "utf-16"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONUNBUFFERED": "1"},
    ],
)
def test_words_and_output_are_utf_8_in_every_locale(shell: Shell, server: Server, variables: dict[str, str]) -> None:
    message = {"stream": "stderr", "kind": "text", "text": TEXT}
    server.answer(result(TEXT, messages=[message], notes=["dag-is-paused"]))
    process = shell.start("airflow", "variables", "get", "größe😀".encode(), variables=variables)
    stdout, stderr = process.communicate()

    assert stdout == TEXT.encode()
    assert stderr.startswith(TEXT.encode())
    assert process.returncode == 0
    assert server.requests[0].json["argv"] == ["variables", "get", "größe😀"]


@pytest.mark.parametrize("word", [b"gr\xf6\xdfe", "a\ufffdb".encode(), b"\xed\xa0\x80"])
@pytest.mark.parametrize("module", ["airflow", "wait"])
def test_words_that_are_not_utf_8_are_not_sent(shell: Shell, server: Server, module: str, word: bytes) -> None:
    process = shell.start(module, "x", word)
    _, stderr = process.communicate()

    assert process.returncode == 2
    assert stderr.decode().startswith(f"mwaa-{module}: Word 2 has bytes that are not UTF-8, or the character U+FFFD.")
    assert server.requests == []


def test_half_of_a_surrogate_pair_is_replaced(shell: Shell, server: Server) -> None:
    server.answer(result("a\ud800b\n"))
    stdout, _ = shell.start("airflow", "version").communicate()

    assert stdout == "a\ufffdb\n".encode()


def test_output_larger_than_a_pipe_is_complete(shell: Shell, server: Server) -> None:
    server.answer(result(BIG))
    with shell.start("airflow", "dags", "list") as process:
        assert process.stdout is not None
        time.sleep(0.5)

        assert process.stdout.read() == BIG.encode()
    assert process.returncode == 0


def test_a_pipe_that_does_not_block_is_waited_for(shell: Shell, server: Server) -> None:
    server.answer(result(BIG))
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with shell.start("airflow", "dags", "list", stdout=writing) as process, open(reading, "rb") as stream:
        os.close(writing)
        time.sleep(0.5)
        assert stream.read() == BIG.encode()
        assert process.communicate() == (None, b"")
    assert process.returncode == 0


def test_a_reader_that_exits_is_no_error(shell: Shell, server: Server) -> None:
    server.answer(result(BIG, notes=["dag-is-paused"]))
    with shell.start("airflow", "dags", "list") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()

        assert process.stderr.read().startswith(b"mwaa-airflow: The DAG is paused.")
    assert process.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")
def test_output_that_cannot_be_written_is_an_error(shell: Shell, server: Server) -> None:
    server.answer(result("[]\n"))
    with open("/dev/full", "wb") as full:
        process = shell.start("airflow", "dags", "list", stdout=full)
        _, stderr = process.communicate()

    assert process.returncode == 74
    assert stderr == b"mwaa-airflow: Standard output cannot be written: No space left on device.\n"


def test_a_program_without_standard_streams(shell: Shell, server: Server) -> None:
    server.answer(result("[]\n", notes=["dag-is-paused"]))
    command = f"exec {sys.executable} -m mwaa_cli_proxy.shell.airflow version >&- 2>&- <&-"

    assert subprocess.run(["sh", "-c", command], env={**os.environ, **shell.environ}, check=False).returncode == 0


def wait_until(is_true: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_true():
            return
        time.sleep(0.02)
    raise AssertionError("It did not happen.")


def test_ctrl_c_during_a_request(shell: Shell, server: Server) -> None:
    released = threading.Event()

    def hang(connection: socket.socket) -> None:
        released.wait(20)

    server.answer(hang)
    process = shell.start("airflow", "dags", "trigger", "daily")
    wait_until(lambda: len(server.requests) == 1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    released.set()

    assert process.returncode == 130
    assert stderr.decode() == (
        "mwaa-airflow: interrupted. The command may still run: check in Airflow before you send it again.\n"
    )


def test_ctrl_c_while_waiting_for_a_slot(shell: Shell, server: Server) -> None:
    server.answer(problem("busy", 503, retry_after="30"))
    process = shell.start("airflow", "dags", "trigger", "daily")
    wait_until(lambda: len(server.requests) == 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()

    assert process.returncode == 130
    assert stderr.decode() == ("mwaa-airflow: interrupted while waiting for a free slot. The command did not run.\n")


def test_ctrl_c_while_waiting_for_a_run(shell: Shell, server: Server) -> None:
    server.answer(ok({"state": "running"}))
    process = shell.start("wait", "daily", "r 1")
    wait_until(lambda: len(server.requests) == 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()

    assert (process.returncode, stdout) == (130, b"")
    assert re.fullmatch(
        r"r 1 of daily: running \(after \ds\)\nmwaa-wait: interrupted.\n"
        r"mwaa-wait: The run continues. To keep waiting: mwaa-wait --environment prod -- daily 'r 1'\n",
        stderr.decode(),
    )


def test_a_terminal_is_told_about_the_wait_for_a_slot(shell: Shell, server: Server) -> None:
    pty = pytest.importorskip("pty")
    server.answer(problem("busy", 503, retry_after="0"), result("2.10.3\n"))
    main, other = pty.openpty()
    with shell.start("airflow", "version", stderr=other) as process:
        os.close(other)
        assert process.communicate()[0] == b"2.10.3\n"
    assert process.returncode == 0
    assert os.read(main, 1000).decode() == "mwaa-airflow: waiting for a free slot …\r\n"
    os.close(main)


def test_a_command_reads_no_standard_input(shell: Shell, server: Server) -> None:
    server.answer(result("[]\n"))
    with shell.start("airflow", "dags", "list", stdin=subprocess.PIPE) as process:
        assert process.wait() == 0
    assert json.loads(server.requests[0].body)["argv"] == ["dags", "list"]
