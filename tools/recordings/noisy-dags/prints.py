"""A DAG file that prints when it is read: JSON of other formats, colors, log lines, a warning, a traceback that it caught."""

from __future__ import annotations

import json
import logging
import sys
import traceback
import warnings

print(json.dumps([{"rows": 3}]))
print(json.dumps({"dag_id": "not_an_answer", "is_paused": "False"}))
print(json.dumps([{"dag_id": "printed_by_a_file", "dag_run_id": "x", "run_id": "x", "state": "success"}]))
print(json.dumps({"settings": {"color": "red", "sizes": [1, 2, 3]}}, indent=2))
print("\x1b[31mred\x1b[0m and [brackets] and {braces}")
print("[2026-11-22T12:00:00.000+0000] {prints.py:20} INFO - printed, not logged")
print("größe: 12 m²")
print("dag_id | state\n=======+======\nx      | y")
logging.getLogger(__name__).warning("the table is empty")
logging.getLogger(__name__).info("[{'almost': 'json'}]")
warnings.warn("this file is noisy", stacklevel=1)

try:
    {}["missing"]
except KeyError:
    traceback.print_exc()
    traceback.print_exc(file=sys.stdout)
    logging.getLogger(__name__).exception("caught")
