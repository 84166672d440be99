"""Runs commands and ends each with SIGKILL when a share of its output is written.

    python killed.py AIRFLOW < REQUESTS > ANSWERS

Each command runs in a process forked after Airflow's import, with its output held back as a pipe's buffer would hold it.
REQUESTS, a JSON object a line: {"text": "dags list", "share": 0.5}. With share 0 the process is killed at its first word.
ANSWERS, a JSON object a line: {"exit": null, "stdout": base64, "stderr": base64}; "exit" is null where a signal ended it.
"""

import atexit
import base64
import io
import json
import os
import runpy
import shlex
import signal
import sys
import tempfile

sys.dont_write_bytecode = True


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class HeldBack(io.RawIOBase):
    """A stream that keeps what is written to it."""

    mortal = False

    def __init__(self, number):
        super().__init__()
        self.number, self.held = number, b""

    def writable(self):
        return True

    def fileno(self):
        return self.number

    def write(self, data):
        if self.mortal and self.number == 1:
            die()
        self.held += bytes(data)
        return len(data)


def die_after(share):
    for text, raw in zip((sys.stdout, sys.stderr), held):
        text.flush()
        os.write(raw.number, raw.held[: int(len(raw.held) * share)])
    die()


def from_the_entry_point(kind, error, trace):
    """What Python prints for an uncaught exception, without the frames of this file and of runpy."""
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.__excepthook__(kind, error, trace)


def run(text, share):
    """Forks, runs the command in the child, and answers with what it left behind."""
    files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
    pid = os.fork()
    if pid == 0:
        for number, file in zip((1, 2), files):
            os.dup2(file.fileno(), number)
        HeldBack.mortal = share == 0
        atexit.register(die_after, share)  # the first to be registered is the last to run
        sys.excepthook = from_the_entry_point
        sys.argv = [script, *shlex.split(text)]
        runpy.run_path(script, run_name="__main__")
        sys.exit(0)
    _, status = os.waitpid(pid, 0)
    printed = []
    for file in files:
        file.seek(0)
        printed.append(base64.b64encode(file.read()).decode())
        file.close()
    exit_code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    return {"exit": exit_code, "stdout": printed[0], "stderr": printed[1]}


requests = [json.loads(line) for line in sys.stdin]
script = sys.argv[1]
answers = os.fdopen(os.dup(1), "w")
nothing = os.open(os.devnull, os.O_RDWR)
for end in (0, 1):
    os.dup2(nothing, end)
held = [HeldBack(1), HeldBack(2)]
sys.stdout = sys.__stdout__ = io.TextIOWrapper(io.BufferedWriter(held[0]), encoding="utf-8")
sys.stderr = sys.__stderr__ = io.TextIOWrapper(io.BufferedWriter(held[1]), encoding="utf-8", line_buffering=True)
sys.argv = [script]
sys.path[0] = os.path.dirname(script)
runpy.run_path(script, run_name="imported")
for request in requests:
    answers.write(json.dumps(run(request["text"], request["share"])) + "\n")
    answers.flush()
