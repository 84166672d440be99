"""Names that moved between Airflow 2.10 and 3.3, imported from where no release reports them as deprecated."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # mypy checks with Airflow 3.0.6.
    from airflow.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowTaskTimeout,
        TaskDeferred,
    )
    from airflow.hooks.base import BaseHook
    from airflow.models import Connection
    from airflow.sdk import BaseOperator, BaseOperatorLink, BaseSensorOperator, Context
    from airflow.sdk.execution_time.xcom import XCom
else:
    try:  # Airflow 3
        from airflow.sdk import BaseOperator, BaseOperatorLink, BaseSensorOperator, Context
        from airflow.sdk.execution_time.xcom import XCom
    except ImportError:
        from airflow.models import BaseOperator, BaseOperatorLink, XCom
        from airflow.sensors.base import BaseSensorOperator
        from airflow.utils.context import Context
    try:  # from Airflow 3.1 on
        from airflow.sdk.bases.hook import BaseHook
    except ImportError:
        from airflow.hooks.base import BaseHook
    try:  # from Airflow 3.2 on
        from airflow.sdk.exceptions import (
            AirflowException,
            AirflowFailException,
            AirflowNotFoundException,
            AirflowSensorTimeout,
            AirflowTaskTimeout,
            TaskDeferred,
        )
    except ImportError:
        from airflow.exceptions import (
            AirflowException,
            AirflowFailException,
            AirflowNotFoundException,
            AirflowSensorTimeout,
            AirflowTaskTimeout,
            TaskDeferred,
        )

from airflow.configuration import conf
from airflow.triggers.base import BaseTrigger, TriggerEvent

#: Whether operators wait in the triggerer if the author does not say.
DEFAULT_DEFERRABLE: bool = conf.getboolean("operators", "default_deferrable", fallback=False)


def get_connection(conn_id: str) -> "Connection":
    """Reads a connection. In a task of Airflow 3.0, `BaseHook.get_connection` reports itself as deprecated."""
    task_runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    if BaseHook.__module__ == "airflow.hooks.base" and hasattr(task_runner, "SUPERVISOR_COMMS"):
        from airflow.sdk import Connection as TaskConnection

        connection: Connection = TaskConnection.get(conn_id)
        return connection
    return BaseHook.get_connection(conn_id)


__all__ = [
    "DEFAULT_DEFERRABLE",
    "AirflowException",
    "AirflowFailException",
    "AirflowNotFoundException",
    "AirflowSensorTimeout",
    "AirflowTaskTimeout",
    "BaseHook",
    "BaseOperator",
    "BaseOperatorLink",
    "BaseSensorOperator",
    "BaseTrigger",
    "Context",
    "TaskDeferred",
    "TriggerEvent",
    "XCom",
    "get_connection",
]
