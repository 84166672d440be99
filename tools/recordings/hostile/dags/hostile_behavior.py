"""What the hostile DAG file and the hostile plugin do when Airflow imports them.

The file `behavior` in AIRFLOW_HOME, if there is one, holds which of them shall act, `dag` or `plugin`, and its actions:

    dag say empty-list; hard-exit 3

ACTIONS lists the actions, SHAPES what they print. A child process of Airflow that imports the same files does nothing.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

TRACEBACK = """Traceback (most recent call last):
  File "/usr/local/airflow/.local/bin/airflow", line 8, in <module>
    sys.exit(main())
             ^^^^^^
  File "/usr/local/airflow/.local/lib/python3.12/site-packages/airflow/__main__.py", line 62, in main
    args.func(args)
airflow.exceptions.DagNotFound: Dag id somebody_elses not found in DagModel"""

SQL_TRACEBACK = """Traceback (most recent call last):
  File "/usr/local/airflow/dags/hostile.py", line 20, in <module>
    load()
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "rates" does not exist
LINE 2: FROM rates
             ^

[SQL: SELECT rate
FROM rates
WHERE day = %(day)s]
[parameters: {'day': '2026-02-03'}]
(Background on this error at: https://sqlalche.me/e/14/f405)"""

TABLE = """dag_id  | fileloc | owners  | is_paused
========+=========+=========+==========
reports | here    | billing | False    
                                       """

ROW = (
    '{"dag_id": "somebody_elses", "dag_run_id": "other", "run_id": "other", "state": "success", "is_paused": "False", '
    '"fileloc": "/x.py", "owners": "x", "filepath": "/x.py", "error": "x", "task_id": "other", "start_date": "", '
    '"end_date": "", "job_type": "x", "key": "other", "val": "x", "name": "other", "group": "x", "conn_id": "other", '
    '"file": "/x.py", "duration": "0", "dag_num": "1", "task_num": "1", "dags": "x", "conf": "{}"}'
)

SHAPES = {
    "empty-list": "[]",
    "empty-object": "{}",
    "number": "42",
    "list-of-numbers": "[1, 2, 3]",
    "rows": "[" + ROW + "]",
    "table": TABLE,
    "no-data": "No data found",
    "state": "success",
    "none": "None",
    "version": "2.10.3",
    "word": "loading",
    "traceback": TRACEBACK,
    "sql-traceback": SQL_TRACEBACK,
    "usage-error": "airflow command error: the following arguments are required: dag_id, see help above.",
    "run-created": "Created <DagRun reports @ 2026-02-03T00:00:00+00:00: other, state:queued, externally triggered: True. queued at: 2026-02-03>",
    "variable-created": "Variable note created",
    "paused": "Dag: reports, paused: True",
    "removed": "Removed 3 record(s)",
    "dag-missing": "DAG: reports does not exist in 'dag' table",
    "variable-missing": "Variable note does not exist",
    "log-line": "[2026-02-03T04:05:06.000+0000] {hostile.py:20} ERROR - Failed to read rates",
    "progress": "10%\r50%\r100%",
    "blank-lines": "\n\n",
}


def write(stream, shape, end):
    """Writes a shape to a stream, followed by a line end or nothing."""
    stream.write(SHAPES[shape] + end)


def run_airflow(words):
    """Runs another `airflow` whose streams are those of this process."""
    sys.stdout.flush()
    airflow = os.path.join(os.path.dirname(sys.executable), "airflow")
    subprocess.call([sys.executable, airflow] + words.split(), env=dict(os.environ, HOSTILE_CHILD="1"))


def popen_airflow(words):
    """Reads the standard output of another `airflow`, as os.popen does. Its standard error is that of this process."""
    os.environ["HOSTILE_CHILD"] = "1"
    try:
        os.popen("airflow " + words).read()
    finally:
        del os.environ["HOSTILE_CHILD"]


class ActsWhenDeleted:
    """An object whose finalizer acts. The interpreter deletes it when it ends."""

    def __init__(self, text):
        self.text = text

    def __del__(self):
        act(self.text)


kept = []


def start_thread(text, daemon):
    """Acts in a thread while or after the command prints its answer."""

    def wait_and_act():
        time.sleep(0.3)
        act(text)

    thread = threading.Thread(target=wait_and_act)
    thread.daemon = daemon
    thread.start()


def fail(text):
    """Raises an exception that is not caught here."""
    raise ValueError(SHAPES.get(text, text))


def log(shape):
    """Logs a shape as an error."""
    logging.getLogger("billing").error("%s", SHAPES[shape])


def install_rich_traceback(_):
    """Replaces Python's traceback by one with a frame, as rich's documentation recommends."""
    from rich.traceback import install

    install()


def replace_stream(name):
    """Replaces standard output: by nothing, or by standard error."""
    sys.stdout = open(os.devnull, "w") if name == "nothing" else sys.stderr


def do_nothing_at_error(_):
    """Removes the traceback of uncaught exceptions."""
    sys.excepthook = lambda *_: None


ACTIONS = {
    "say": lambda shape: write(sys.stdout, shape, "\n"),
    "say-unfinished": lambda shape: write(sys.stdout, shape, ""),
    "complain": lambda shape: write(sys.stderr, shape, "\n"),
    "complain-unfinished": lambda shape: write(sys.stderr, shape, ""),
    "flush": lambda _: (sys.stdout.flush(), sys.stderr.flush()),
    "log": log,
    "warn": lambda shape: warnings.warn(SHAPES[shape]),
    "fail": fail,
    "exit": lambda code: sys.exit(int(code)),
    "exit-with-text": lambda shape: sys.exit(SHAPES[shape]),
    "hard-exit": lambda code: os._exit(int(code)),
    "kill": lambda name: os.kill(os.getpid(), getattr(signal, "SIG" + name)),
    "abort": lambda _: os.abort(),
    "faulthandler": lambda _: faulthandler.enable(),
    "call": run_airflow,
    "popen": popen_airflow,
    "at-exit": lambda text: atexit.register(act, text),
    "at-deletion": lambda text: kept.append(ActsWhenDeleted(text)),
    "in-thread": lambda text: start_thread(text, False),
    "in-daemon": lambda text: start_thread(text, True),
    "rich-traceback": install_rich_traceback,
    "no-traceback": do_nothing_at_error,
    "stdout-to": replace_stream,
}


def act(text):
    """Performs one action: its name, and its argument."""
    name, _, argument = text.partition(" ")
    ACTIONS[name](argument)


def behave(place):
    """Performs the actions, if they are those of this place."""
    path = os.path.join(os.environ["AIRFLOW_HOME"], "behavior")
    if "HOSTILE_CHILD" in os.environ or not os.path.exists(path):
        return
    with open(path) as file:
        where, _, actions = file.read().strip().partition(" ")
    if where == place:
        for text in actions.split("; "):
            act(text)
