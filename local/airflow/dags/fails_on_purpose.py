"""A DAG with a task that always fails."""

from __future__ import annotations

import datetime

try:  # Airflow 3
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.python import PythonOperator


def fail() -> None:
    """Raises an error, like a task whose data source is missing."""
    raise RuntimeError("this task fails on purpose")


with DAG(
    dag_id="fails_on_purpose",
    description="Its only task raises",
    default_args={"owner": "platform", "retries": 0},
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    schedule=None,
    catchup=False,
) as dag:
    PythonOperator(task_id="fail", python_callable=fail)
