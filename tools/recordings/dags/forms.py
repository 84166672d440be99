"""DAGs with features that the examples lack: a schedule, no tasks, templates, text that is not ASCII, an asset."""

from __future__ import annotations

import datetime
import json

import pendulum
from airflow import DAG

try:  # Airflow 3, and late 2
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
except ImportError:
    try:  # Airflow 2
        from airflow.operators.bash import BashOperator
    except ImportError:  # Airflow 1.10
        from airflow.operators.bash_operator import BashOperator
    try:
        from airflow.operators.empty import EmptyOperator
    except ImportError:  # before 2.3
        from airflow.operators.dummy_operator import DummyOperator as EmptyOperator
try:
    from airflow.sdk import Asset
except ImportError:
    Asset = None


def dag(dag_id, schedule=None, **settings):
    """Creates a DAG with the parameters of the release: 2.4 added `schedule`, 3.0 removed `schedule_interval`."""
    # A time zone of pendulum: 1.10 does not support those of Python.
    common = dict(
        dag_id=dag_id,
        start_date=datetime.datetime(2026, 1, 1, tzinfo=pendulum.timezone("UTC")),
        catchup=False,
        **settings,
    )
    try:
        return DAG(schedule=schedule, **common)
    except Exception:  # TypeError, or an exception of Airflow
        return DAG(schedule_interval=schedule, **common)


with dag("scheduled_daily", "0 5 * * *", description="Täglich um fünf", default_args={"owner": "Zürich"}) as scheduled:
    EmptyOperator(task_id="start")

with dag("no_tasks") as no_tasks:
    pass

with dag("templated", default_args={"owner": "größe"}) as templated:
    BashOperator(task_id="json", bash_command="echo '" + json.dumps([{"day": "{{ ds }}"}]) + "'")

if Asset:
    with dag("makes_figures", default_args={"owner": "reporting"}) as makes_figures:
        EmptyOperator(task_id="write", outlets=[Asset(name="figures", uri="s3://figures/daily")])
