"""One DAG for each row of python-airflow.test.ts. Each has one task, which starts a run of the remote DAG of the same name."""

from datetime import datetime, timedelta, timezone

from mwaa_cli_proxy.airflow import AirflowCommandOperator, RemoteDagRunSensor, TriggerRemoteDagOperator

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG

WAITS = {"wait_for_completion": True, "deferrable": True, "poke_interval": 1}

ROWS = {
    "lost": {},
    "killed": {},
    "worker_killed": {},
    "deferred": WAITS,
    "cleared": {},
    "cleared_deferred": WAITS,
    "cleared_running": {"wait_for_completion": True, "poke_interval": 1},
    "each_try": {"new_run_on": "retry"},
    "one_forever": {"new_run_on": "never"},
    "failed": WAITS,
    "failed_shared": {**WAITS, "new_run_after_failure": False, "retries": 1},
    "changed_conf": {"conf": {"try": "{{ ti.try_number }}"}},
}


def dag(name):
    return DAG(
        dag_id=name,
        schedule="@once",
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        # More tries than a slow machine makes Airflow lose.
        default_args={"retries": 9, "retry_delay": timedelta(seconds=0)},
    )


for name, options in ROWS.items():
    with dag(name):
        TriggerRemoteDagOperator(task_id="remote", trigger_dag_id=name, **{"conf": {"day": "{{ ds }}"}, **options})

with dag("mapped"):
    TriggerRemoteDagOperator.partial(task_id="remote", trigger_dag_id="mapped").expand(conf=[{"n": 1}, {"n": 2}])

with dag("command"):
    AirflowCommandOperator(task_id="remote", command="dags list-runs --dag-id command")

with dag("lost_command"):
    AirflowCommandOperator(task_id="remote", command=["variables", "set", "key", "value"])

with dag("lost_trigger_command"):
    AirflowCommandOperator(task_id="remote", command="dags trigger lost_trigger_command")

with dag("sensed"):
    RemoteDagRunSensor(
        task_id="remote", external_dag_id="sensed", external_run_id="by_hand", deferrable=True, poke_interval=1
    )
