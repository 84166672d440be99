"""Runs the source "AirflowApi" of openmetadata-ingestion, without an OpenMetadata server.

Usage: python open_metadata.py CONFIG_FILE

Prints one line of JSON for each record that the source would send to OpenMetadata, and for each failure.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import MagicMock

from metadata.config.common import load_config_file
from metadata.ingestion.source.pipeline.airflow.api.source import AirflowApiSource

config = load_config_file(Path(sys.argv[1]))["source"]
source = AirflowApiSource.create(config, MagicMock())
source.context.get().pipeline_service = config["serviceName"]


def show(records):
    for record in records:
        value = record.right if record.right is not None else record.left
        print(json.dumps({type(value).__name__: value.model_dump(mode="json", exclude_none=True)}))


for pipeline in source.get_pipelines_list():
    source.context.get().pipeline = pipeline.dag_id
    show(source.yield_tag(pipeline))
    show(source.yield_pipeline(pipeline))
    show(source.yield_pipeline_status(pipeline))
