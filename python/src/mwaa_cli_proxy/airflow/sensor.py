"""The sensor that waits for a remote run."""

import time
from collections.abc import Sequence
from typing import Any

from mwaa_cli_proxy import NoResponseError, ProblemError, ProxyError
from mwaa_cli_proxy._wait import get_transient_detail, is_missing
from mwaa_cli_proxy.airflow._compat import (
    DEFAULT_DEFERRABLE,
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    BaseSensorOperator,
    Context,
)
from mwaa_cli_proxy.airflow.errors import to_airflow_error
from mwaa_cli_proxy.airflow.hook import DEFAULT_CONNECTION, MwaaCliProxyHook
from mwaa_cli_proxy.airflow.link import LINK_KEY, RemoteRunLink
from mwaa_cli_proxy.airflow.trigger import RemoteDagRunTrigger, is_of_earlier_try


class RemoteDagRunSensor(BaseSensorOperator):
    """Waits until a DAG run of a remote environment has succeeded.

    ```python
    RemoteDagRunSensor(
        task_id="wait_for_report",
        external_dag_id="daily_report",
        external_run_id="scheduled__{{ ts }}",
        deferrable=True,
    )
    ```

    A run that does not exist yet is waited for. If the run fails, the task fails and is not tried again. While Airflow
    or the proxy cannot be reached, the sensor keeps waiting.

    Args:
        external_dag_id: the id of the remote DAG (templated)
        external_run_id: the id of the remote run (templated)
        conn_id: the Airflow connection (templated)
        environment: the name of the environment in the configuration of the proxy (templated). Default: that of the
            connection
        deferrable: whether to wait in the triggerer
        **kwargs: those of every sensor: `timeout`, `poke_interval`, `mode`, `soft_fail` …
    """

    template_fields: Sequence[str] = ("external_dag_id", "external_run_id", "conn_id", "environment")
    operator_extra_links = (RemoteRunLink(),)

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_run_id: str,
        conn_id: str = DEFAULT_CONNECTION,
        environment: str | None = None,
        deferrable: bool = DEFAULT_DEFERRABLE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.external_dag_id = external_dag_id
        self.external_run_id = external_run_id
        self.conn_id = conn_id
        self.environment = environment
        self.deferrable = deferrable

    def execute(self, context: Context) -> Any:
        """Waits here, or in the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        if not self.poke(context):
            self.defer(
                trigger=RemoteDagRunTrigger(
                    conn_id=self.conn_id,
                    environment=self.environment,
                    dag_id=self.external_dag_id,
                    run_id=self.external_run_id,
                    poke_interval=self.poke_interval,
                    deadline=time.time() + self.timeout,
                    may_appear=True,
                    try_number=context["ti"].try_number,
                ),
                method_name="execute_complete",
            )
        return None

    def poke(self, context: Context) -> bool:
        """Reads the state of the run once."""
        hook = MwaaCliProxyHook(self.conn_id, environment=self.environment)
        try:
            run = hook.get_conn().run_state(self.external_dag_id, self.external_run_id)
        except (NoResponseError, ProblemError) as error:
            if not is_missing(error) and get_transient_detail(error) is None:
                raise to_airflow_error(error) from error
            self.log.info("%s", error)
            return False
        except ProxyError as error:
            raise to_airflow_error(error) from error
        self.log.info("Run %s is %s.", run.run_id, run.state)
        link = hook.get_link(run.dag_id, run.run_id, str(run.raw.get("airflowVersion") or "2"))
        context["ti"].xcom_push(key=LINK_KEY, value=link)
        if run.state == "failed":
            raise AirflowFailException(f"The remote run {run.run_id} of {run.dag_id} failed.")
        return run.state == "success"

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Called with the event of the trigger."""
        if is_of_earlier_try(event, context):
            self.execute(context)
            return
        state, message = event["state"], event["message"]
        if state == "timeout":
            raise AirflowSensorTimeout(message)
        if state == "error":
            raise AirflowException(message)
        if state == "failed":
            raise AirflowFailException(f"The remote run {event['run_id']} of {self.external_dag_id} failed.")
        self.log.info("Run %s is %s.", event["run_id"], state)
