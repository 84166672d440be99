"""A DAG file that Airflow cannot import: its DAG never exists, and `dags list-import-errors` shows why."""

from __future__ import annotations

import a_package_that_is_not_installed
from airflow import DAG

dag = DAG(dag_id="never_seen", schedule_interval=a_package_that_is_not_installed.SCHEDULE)
