"""A DAG file that does what the file `behavior` says, and then defines DAGs as if nothing had happened."""

from __future__ import annotations

import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))  # Airflow 3 does not add the folder itself

import hostile_behavior
import pendulum
from airflow import DAG

try:  # Airflow 3, and late 2
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator
try:
    from airflow.sdk import Asset
except ImportError:
    Asset = None

hostile_behavior.behave("dag")


def dag(dag_id, schedule=None, **settings):
    """Creates a DAG with the parameters of the release."""
    return DAG(
        dag_id=dag_id,
        schedule=schedule,
        start_date=datetime.datetime(2026, 1, 1, tzinfo=pendulum.timezone("UTC")),
        catchup=False,
        default_args={"owner": "billing", "retries": 0},
        **settings,
    )


def work():
    """Succeeds, and prints what looks like an answer."""
    print("[]")
    return 3


def refuse():
    """Fails."""
    raise ValueError("no customer\nof that name")


with dag("reports") as reports:
    PythonOperator(task_id="work", python_callable=work)

with dag("refuses") as refuses:
    PythonOperator(task_id="refuse", python_callable=refuse)

with dag("daily", "0 5 * * *") as daily:
    PythonOperator(task_id="work", python_callable=work)

with dag("waiting", is_paused_upon_creation=True) as waiting:
    PythonOperator(task_id="work", python_callable=work)

if Asset:
    with dag("figures") as figures:
        PythonOperator(task_id="work", python_callable=work, outlets=[Asset(name="figures", uri="s3://figures/daily")])
