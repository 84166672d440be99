"""Tasks of Airflow that run commands and start DAG runs in remote environments, exactly once.

The names are imported when they are first used, so that Airflow reads the metadata of the provider quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mwaa_cli_proxy.airflow.hook import MwaaCliProxyHook
    from mwaa_cli_proxy.airflow.identity import idempotency_key
    from mwaa_cli_proxy.airflow.link import RemoteRunLink
    from mwaa_cli_proxy.airflow.operators import AirflowCommandOperator, TriggerRemoteDagOperator
    from mwaa_cli_proxy.airflow.sensor import RemoteDagRunSensor
    from mwaa_cli_proxy.airflow.trigger import RemoteDagRunTrigger

_MODULES = {
    "AirflowCommandOperator": "operators",
    "MwaaCliProxyHook": "hook",
    "RemoteDagRunSensor": "sensor",
    "RemoteDagRunTrigger": "trigger",
    "RemoteRunLink": "link",
    "TriggerRemoteDagOperator": "operators",
    "idempotency_key": "identity",
}

__all__ = [
    "AirflowCommandOperator",
    "MwaaCliProxyHook",
    "RemoteDagRunSensor",
    "RemoteDagRunTrigger",
    "RemoteRunLink",
    "TriggerRemoteDagOperator",
    "idempotency_key",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
