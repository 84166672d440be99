"""Lists DAGs, triggers one, waits for the run and reads its task instances and logs, with apache-airflow-client for Airflow 2.

Usage: TOKEN=TOKEN python airflow_client_2.py URL DAG_ID CONF SECONDS

Prints one line of JSON for each step: its result, or the text of the exception. Steps that need the run of a failed step are left out.
"""

from __future__ import annotations

import json
import os
import sys
import time

import airflow_client.client as airflow
from airflow_client.client.api import dag_api, dag_run_api, task_instance_api
from airflow_client.client.model.dag_run import DAGRun

url, dag_id, conf, seconds = sys.argv[1:]
configuration = airflow.Configuration(host=f"{url}/api/v1")


def step(name, call):
    try:
        result = call()
    except Exception as error:  # noqa: BLE001 What a user would read.
        print(json.dumps({"step": name, "error": f"{type(error).__name__}: {error}"}))
        return None
    print(json.dumps({"step": name, "result": airflow.ApiClient.sanitize_for_serialization(result)}))
    return result


def wait(runs, run_id):
    end = time.monotonic() + float(seconds)
    while True:
        run = runs.get_dag_run(dag_id, run_id)
        if str(run.state) in ("success", "failed"):
            return run
        if time.monotonic() > end:
            raise TimeoutError(f"The run is still {run.state}.")
        time.sleep(0.5)


# This client sends no `access_token`: Airflow 2 describes basic authentication only.
with airflow.ApiClient(configuration, "Authorization", f"Bearer {os.environ['TOKEN']}") as client:
    runs = dag_run_api.DAGRunApi(client)
    tasks = task_instance_api.TaskInstanceApi(client)
    step("list DAGs", lambda: dag_api.DAGApi(client).get_dags(limit=10))
    run = step("trigger", lambda: runs.post_dag_run(dag_id, DAGRun(conf=json.loads(conf))))
    if run is not None:
        run_id = run.dag_run_id
        step("wait", lambda: wait(runs, run_id))
        step("list task instances", lambda: tasks.get_task_instances(dag_id, run_id))
        step("read logs", lambda: tasks.get_log(dag_id, run_id, "collect", 1))
