"""A DAG whose name matches the rule `dags trigger reporting_*` of the example configuration."""

from __future__ import annotations

import datetime

try:  # Airflow 3
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.empty import EmptyOperator

with DAG(
    dag_id="reporting_daily",
    description="The reporting service starts this one itself",
    default_args={"owner": "reporting"},
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    schedule=None,
    catchup=False,
    tags=["reporting"],
) as dag:
    EmptyOperator(task_id="start") >> EmptyOperator(task_id="done")
