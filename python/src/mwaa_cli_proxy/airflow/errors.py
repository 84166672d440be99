"""Errors of the client, as errors that Airflow understands."""

from mwaa_cli_proxy import ProblemError, ProxyError
from mwaa_cli_proxy.airflow._compat import AirflowException, AirflowFailException

#: Problems of the request itself. Airflow does not retry them.
FINAL_PROBLEMS = frozenset(
    {
        "malformed-request",
        "invalid-command",
        "unsupported-media-type",
        "request-too-large",
        "not-granted",
        "key-reused",
    }
)

_KEY_REUSED = (
    "An earlier try of this task started a run with another conf or logical date, so this try started none. "
    "Do not let them differ between tries: use no current time and no `ti.try_number` in them. "
    "To start a run with the new values, clear the task."
)


def to_airflow_error(error: ProxyError) -> AirflowException:
    """The error that a task raises. If another try cannot help, Airflow makes none."""
    if not isinstance(error, ProblemError):
        return AirflowException(str(error))
    if error.code == "key-reused":
        return AirflowFailException(f"{_KEY_REUSED} {error.code}: {error.detail}")
    kind = AirflowFailException if error.code in FINAL_PROBLEMS else AirflowException
    return kind(f"{error.code}: {error.detail}")
