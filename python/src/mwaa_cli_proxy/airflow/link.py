"""The button on the page of a task that opens the remote run."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mwaa_cli_proxy.airflow._compat import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey

#: Where Airflow 3 looks for the link of an operator, and where it is stored for Airflow 2.
LINK_KEY = "_link_RemoteRunLink"

_CONSOLES = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}


class RemoteRunLink(BaseOperatorLink):
    """Opens the remote DAG run, or the console page that opens the web server of its environment."""

    name = "Remote run"

    def get_link(self, operator: Any, *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """Returns the link that the task stored. Empty if it has not started a run."""
        return XCom.get_value(ti_key=ti_key, key=LINK_KEY) or ""


def run_address(web_server: str, airflow_version: str, dag_id: str, run_id: str) -> str:
    """The page of a DAG run on its web server."""
    base = f"{web_server.rstrip('/')}/dags/{quote(dag_id, safe='')}"
    if int(airflow_version.partition(".")[0]) >= 3:
        return f"{base}/runs/{quote(run_id, safe='')}"
    return f"{base}/grid?dag_run_id={quote(run_id, safe='')}"


def console_address(region: str, mwaa_name: str) -> str:
    """The page of the MWAA console that logs in to the web server of an environment."""
    console = next((host for prefix, host in _CONSOLES.items() if region.startswith(prefix)), "console.aws.amazon.com")
    return f"https://{region}.{console}/mwaa/home?region={region}#environments/{quote(mwaa_name, safe='')}/sso"
