"""A paused DAG: Airflow accepts a run of it, and the run waits."""

from __future__ import annotations

import datetime

try:  # Airflow 3
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.empty import EmptyOperator

with DAG(
    dag_id="paused_by_hand",
    description="Paused from the beginning",
    default_args={"owner": "platform"},
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    schedule=None,
    catchup=False,
    is_paused_upon_creation=True,
) as dag:
    EmptyOperator(task_id="wait")
