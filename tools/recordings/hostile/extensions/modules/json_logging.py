"""A logging configuration of an environment's own, for Airflow 2: log lines are JSON objects on standard output."""

import copy
import json
import logging

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record):
        line = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


LOGGING_CONFIG = copy.deepcopy(DEFAULT_LOGGING_CONFIG)
for formatter in LOGGING_CONFIG["formatters"].values():
    formatter.clear()
    formatter["()"] = "json_logging.JsonFormatter"
