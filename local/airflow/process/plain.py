"""Runs one command: reads the received text from stdin, splits it, and replaces itself by `airflow` with the words.

    python plain.py AIRFLOW < TEXT

AIRFLOW is the path of the entry-point script. Airflow's stdin is /dev/null, and its process id stays the same. The results of
prefork.py must be those of this script.
"""

import os
import sys

sys.dont_write_bytecode = True  # do not write a __pycache__ into the project

import split_command  # noqa: E402

airflow = sys.argv[1]
text = sys.stdin.buffer.read().decode("utf-8")
words = split_command.split_or_exit(text)
null_device = os.open(os.devnull, os.O_RDONLY)
os.dup2(null_device, 0)
os.close(null_device)
os.execv(sys.executable, [sys.executable, airflow, *words])
