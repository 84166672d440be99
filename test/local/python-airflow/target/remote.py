"""The remote DAGs of python-airflow.test.ts. No scheduler runs them: the test sets the states of their runs."""

from datetime import datetime, timezone

from airflow import DAG
from airflow.operators.empty import EmptyOperator

NAMES = """daily_report lost killed worker_killed deferred cleared cleared_deferred cleared_running each_try one_forever failed
    failed_shared changed_conf mapped command lost_trigger_command sensed""".split()

for name in NAMES:
    with DAG(dag_id=name, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)):
        EmptyOperator(task_id="nothing")
