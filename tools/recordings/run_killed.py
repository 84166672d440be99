"""Runs commands and kills each with a signal, SIGKILL by default, after it has written a share of its output.

    python run_killed.py AIRFLOW < REQUESTS > RESULTS

Each command runs in a process that is forked after Airflow has been imported. Its output is buffered, as for a pipe.
REQUESTS, one JSON object per line: {"text": "dags list", "share": 0.5, "signal": "TERM"}. With share 0 the process is killed when it first writes.
RESULTS, one JSON object per line: {"exit": null, "stdout": base64, "stderr": base64}; "exit" is null if a signal ended it.
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


def kill_this_process():
    os.kill(os.getpid(), BufferedStream.signal)
    os.kill(os.getpid(), signal.SIGKILL)  # Airflow may handle SIGTERM


class BufferedStream(io.RawIOBase):
    """A stream that keeps everything that is written to it."""

    kill_at_first_write = False
    signal = signal.SIGKILL

    def __init__(self, number):
        super().__init__()
        self.number, self.content = number, b""

    def writable(self):
        return True

    def fileno(self):
        return self.number

    def write(self, data):
        if self.kill_at_first_write and self.number == 1:
            kill_this_process()
        self.content += bytes(data)
        return len(data)


def print_share_and_die(share):
    for text, raw in zip((sys.stdout, sys.stderr), streams):
        text.flush()
        os.write(raw.number, raw.content[: int(len(raw.content) * share)])
    kill_this_process()


def print_exception_from_entry_point(kind, error, trace):
    """Prints an uncaught exception as Python does, without the frames of this file and of runpy."""
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.__excepthook__(kind, error, trace)


def run(text, share, signal_name="KILL"):
    """Forks, runs the command in the child, and returns its exit code and output."""
    files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
    pid = os.fork()
    if pid == 0:
        for number, file in zip((1, 2), files):
            os.dup2(file.fileno(), number)
        BufferedStream.kill_at_first_write = share == 0
        BufferedStream.signal = getattr(signal, "SIG" + signal_name)
        atexit.register(print_share_and_die, share)  # the function that is registered first runs last
        sys.excepthook = print_exception_from_entry_point
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
results = os.fdopen(os.dup(1), "w")
null_device = os.open(os.devnull, os.O_RDWR)
for fd in (0, 1):
    os.dup2(null_device, fd)
streams = [BufferedStream(1), BufferedStream(2)]
sys.stdout = sys.__stdout__ = io.TextIOWrapper(io.BufferedWriter(streams[0]), encoding="utf-8")
sys.stderr = sys.__stderr__ = io.TextIOWrapper(io.BufferedWriter(streams[1]), encoding="utf-8", line_buffering=True)
sys.argv = [script]
sys.path[0] = os.path.dirname(script)
runpy.run_path(script, run_name="imported")
for request in requests:
    results.write(json.dumps(run(request["text"], request["share"], request.get("signal", "KILL"))) + "\n")
    results.flush()
