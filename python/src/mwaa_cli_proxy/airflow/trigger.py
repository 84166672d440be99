"""What waits in the triggerer for the end of a remote run."""

import time
from collections.abc import AsyncIterator
from typing import Any

from mwaa_cli_proxy import ProxyError, WaitTimeoutError
from mwaa_cli_proxy.airflow._compat import BaseTrigger, Context, TriggerEvent
from mwaa_cli_proxy.airflow.hook import MwaaCliProxyHook

#: Longer than anybody waits.
NO_TIMEOUT = 10 * 365 * 86_400.0


class RemoteDagRunTrigger(BaseTrigger):
    """Waits until a remote DAG run has finished.

    It only reads. After a restart of the triggerer, it waits on, until the same point in time.

    Args:
        conn_id: the Airflow connection
        environment: the name of the environment. None: that of the connection
        dag_id: the id of the remote DAG
        run_id: the id of the remote run
        poke_interval: seconds between the first two polls
        deadline: when to stop waiting, in seconds since the epoch. None: never
        may_appear: whether to wait for a run that does not exist yet
        try_number: the try of the task that waits
    """

    def __init__(
        self,
        *,
        conn_id: str,
        environment: str | None,
        dag_id: str,
        run_id: str,
        poke_interval: float = 5,
        deadline: float | None = None,
        may_appear: bool = False,
        try_number: int = 1,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.fields: dict[str, Any] = {
            "conn_id": conn_id,
            "environment": environment,
            "dag_id": dag_id,
            "run_id": run_id,
            "poke_interval": poke_interval,
            "deadline": deadline,
            "may_appear": may_appear,
            "try_number": try_number,
        }

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The name of this class and its arguments, as they are stored in the database."""
        return f"{type(self).__module__}.{type(self).__qualname__}", self.fields

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Waits, and yields one event: how the run ended, `timeout`, or an error."""
        state, message = await self._wait()
        event = {"run_id": self.fields["run_id"], "try_number": self.fields["try_number"]}
        yield TriggerEvent({**event, "state": state, "message": message})  # type: ignore[no-untyped-call]

    async def _wait(self) -> tuple[str, str]:
        """The state of the run, and a message if it is not known."""
        fields = self.fields
        deadline = fields["deadline"]
        left = NO_TIMEOUT if deadline is None else max(deadline - time.time(), 0.001)
        try:
            proxy = await MwaaCliProxyHook(fields["conn_id"], environment=fields["environment"]).get_async_conn()
            run = await proxy.wait(
                fields["dag_id"],
                fields["run_id"],
                timeout=left,
                interval=fields["poke_interval"],
                appearance_timeout=left if fields["may_appear"] else 0,
                progress=False,
            )
        except WaitTimeoutError as error:
            return "timeout", str(error)
        except ProxyError as error:
            return "error", str(error)
        except Exception as error:  # on Airflow 3.0, all tries after a trigger without an event fail at once
            self.log.exception("The wait for run %s has failed.", fields["run_id"])
            return "error", f"{type(error).__name__}: {error}"
        return run.state, ""


def is_of_earlier_try(event: dict[str, Any], context: Context) -> bool:
    """Whether a task was resumed with the event of a try that has failed, as Airflow 3.0 does when it retries it."""
    return bool(event.get("try_number") != context["ti"].try_number)
