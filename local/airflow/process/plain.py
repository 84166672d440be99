"""Runs one command the plain way: reads the received text from stdin, splits it and becomes `airflow` with the words.

    python plain.py AIRFLOW < TEXT

AIRFLOW is the path of the entry-point script. It runs with stdin closed to it (/dev/null) and under the same process
id. This is the reference that prefork.py is measured against.
"""

import os
import sys

sys.dont_write_bytecode = True  # nothing of ours leaves a __pycache__ in the project

import split_command  # noqa: E402

airflow = sys.argv[1]
text = sys.stdin.buffer.read().decode("utf-8")
found = split_command.split_or_exit(text)
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)
os.execv(sys.executable, [sys.executable, airflow, *found])
