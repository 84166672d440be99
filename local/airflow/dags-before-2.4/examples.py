"""The DAGs of ../dags, with the parameter names of Airflow 1.10 to 2.3."""

import datetime

from airflow import DAG

try:  # Airflow 2
    from airflow.operators.bash import BashOperator
    from airflow.operators.dummy import DummyOperator
    from airflow.operators.python import PythonOperator
except ImportError:  # Airflow 1.10
    from airflow.operators.bash_operator import BashOperator
    from airflow.operators.dummy_operator import DummyOperator
    from airflow.operators.python_operator import PythonOperator


def example(dag_id, owner, description, **settings):
    """Creates a DAG without a schedule."""
    return DAG(
        dag_id=dag_id,
        description=description,
        default_args={"owner": owner, "retries": 0},
        start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
        schedule_interval=None,
        catchup=False,
        **settings
    )


def collect():
    """Replaces the query that a real report would run."""
    return sum(range(10))


def fail():
    """Raises an error, like a task whose data source is missing."""
    raise RuntimeError("this task fails on purpose")


with example(
    "daily_report", "reporting", "Collects yesterday's figures and publishes them", tags=["reporting"]
) as daily_report:
    start = DummyOperator(task_id="start")
    collected = PythonOperator(task_id="collect", python_callable=collect)
    note = "{{ (dag_run.conf or {}).get('note', 'nothing to note') }}"
    publish = BashOperator(task_id="publish", bash_command='echo "published: $NOTE"', env={"NOTE": note})
    start >> collected >> publish

with example(
    "reporting_daily", "reporting", "The reporting service starts this one itself", tags=["reporting"]
) as reporting_daily:
    DummyOperator(task_id="start") >> DummyOperator(task_id="done")

with example("fails_on_purpose", "platform", "Its only task raises") as fails_on_purpose:
    PythonOperator(task_id="fail", python_callable=fail)

with example("paused_by_hand", "platform", "Paused from the beginning", is_paused_upon_creation=True) as paused_by_hand:
    DummyOperator(task_id="wait")
