"""A typical DAG: three tasks, started by a person or a caller, with a conf that one of the tasks prints."""

from __future__ import annotations

import datetime

try:  # Airflow 3
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.python import PythonOperator


def collect() -> int:
    """Replaces the query that a real report would run."""
    return sum(range(10))


with DAG(
    dag_id="daily_report",
    description="Collects yesterday's figures and publishes them",
    default_args={"owner": "reporting"},
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    schedule=None,
    catchup=False,
    tags=["reporting"],
) as dag:
    start = EmptyOperator(task_id="start")
    collected = PythonOperator(task_id="collect", python_callable=collect)
    publish = BashOperator(
        task_id="publish",
        bash_command='echo "published: $NOTE"',
        env={"NOTE": "{{ (dag_run.conf or {}).get('note', 'nothing to note') }}"},
        append_env=True,
    )
    start >> collected >> publish
