"""Three hundred DAGs in one file, whose listing does not fit into a single write to a pipe."""

from __future__ import annotations

import datetime

from airflow import DAG

for number in range(300):
    globals()[f"many_{number}"] = DAG(
        dag_id=f"many_{number:03}", start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    )
