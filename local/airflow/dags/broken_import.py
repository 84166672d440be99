"""A DAG file that Airflow cannot import. Its DAG does not exist, and `dags list-import-errors` shows the reason."""

from __future__ import annotations

import a_package_that_is_not_installed
from airflow import DAG

dag = DAG(dag_id="never_seen", schedule=a_package_that_is_not_installed.SCHEDULE)
