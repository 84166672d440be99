"""The identity of a remote run: an idempotency key that is made from the task instance.

What Airflow shows a task of itself, in 2.10.3, 2.11.2, 3.0.6, and 3.3.1 (read in their code and seen in
test/local/python-airflow.test.ts):

======================================  ==============  =====================================
event                                   ``try_number``  ``max_tries``
======================================  ==============  =====================================
first try                               1               ``retries`` of the task
retry, after any failure                + 1             same
worker killed, then retry               + 1             same
restart of a scheduler or executor      same or + 1     same
deferral, resumed by another process    same            same
sensor that is rescheduled              same            same
``retries`` edited in the DAG file      same            same, until the task is cleared
clear of a task that does not run       + 1             tries so far + ``retries``
clear of a deferred task                + 1             tries so far + ``retries``
clear of a running task, 2.10 and 2.11  + 1             same, like a retry
clear of a running task, 3.0            no other try    the task stays ``restarting``
clear of a running task, 3.2 and 3.3    + 1             tries so far + ``retries``
backfill of a DAG run that exists       + 1             tries so far + ``retries`` (it is cleared)
======================================  ==============  =====================================

So ``max_tries`` alone is the generation of a task instance: it changes if the task is cleared after a try, and only
then. ``max_tries - retries``, as Airflow computes it for sensors, would also change if somebody edits ``retries`` while
the task waits for a retry, and the retry would start a second run. The price of ``max_tries`` is the opposite case:
``retries`` is lowered by exactly the number of tries since the last clear, and then the task is cleared. It does not
change, and the task finds the run that it already has. Nothing runs twice.

A running task that is cleared looks like a retry on Airflow 2: nothing in the task instance tells them apart. The
task finds the run that it started. On Airflow 3, a task sees neither its history nor the database.

Airflow 3.0 fails a task whose process was killed, and makes no other try; later releases retry it. A worker that is
killed as a whole, with the process that supervises the task, is found by its missing heartbeats, and the task is tried
again in every release. Airflow 3.0 resumes the retry of a task that was deferred with the event of the try that failed:
see `is_of_earlier_try`.

``clear_number`` of the DAG run is no help: it counts clears of any task of the DAG run. The id of the task instance in
Airflow 3 changes with every try.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

NewRunOn = Literal["clear", "retry", "never"]


def idempotency_key(
    context: Mapping[str, Any],
    *,
    new_run_on: NewRunOn = "clear",
    name: str = "",
    failed_runs: int = 0,
    key_prefix: str = "",
) -> str:
    """Returns the idempotency key of the run that a task instance starts.

    Use it in tasks of your own, for the `idempotency_key` of `Proxy.run`.

    Args:
        context: the context of the task, as passed to `execute` and returned by `get_current_context`
        new_run_on: what starts another run: `clear` if the task was cleared, `retry` if it is tried again, `never`
        name: tells several runs of one task apart
        failed_runs: how many runs with this identity have failed. Each of them is followed by another run
        key_prefix: tells Airflows apart that share a caller and the ids of their DAGs
    """
    ti = context["ti"]
    generation = {"clear": ["clear", ti.max_tries], "retry": ["retry", ti.try_number], "never": ["never"]}
    if new_run_on not in generation:
        raise ValueError(f"new_run_on is {new_run_on!r}. Use one of: {', '.join(generation)}.")
    map_index = -1 if ti.map_index is None else ti.map_index
    identity = [key_prefix, ti.dag_id, ti.run_id, ti.task_id, map_index, name, *generation[new_run_on], failed_runs]
    return f"airflow-{hashlib.sha256(json.dumps(identity).encode()).hexdigest()}"
