"""Runs the source "AirflowApi" of openmetadata-ingestion, without an OpenMetadata server.

Usage: AIRFLOW_TOKEN=TOKEN python open_metadata.py URL

Prints one line of JSON for each record that the source would send to OpenMetadata, and for each failure.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from unittest.mock import MagicMock

from metadata.ingestion.source.pipeline.airflow.api.source import AirflowApiSource

config = {
    "type": "airflow",
    "serviceName": "prod",
    "serviceConnection": {
        "config": {
            "type": "Airflow",
            "hostPort": sys.argv[1],
            "numberOfStatus": 10,
            "connection": {"type": "RestAPI", "authConfig": {"token": os.environ["AIRFLOW_TOKEN"]}},
        }
    },
    "sourceConfig": {"config": {"type": "PipelineMetadata"}},
}
source = AirflowApiSource.create(config, MagicMock())
source.context.get().pipeline_service = "prod"


def show(records):
    for record in records:
        value = record.right if record.right is not None else record.left
        print(json.dumps({type(value).__name__: value.model_dump(mode="json", exclude_none=True)}))


for pipeline in source.get_pipelines_list():
    source.context.get().pipeline = pipeline.dag_id
    show(source.yield_tag(pipeline))
    show(source.yield_pipeline(pipeline))
    show(source.yield_pipeline_status(pipeline))
