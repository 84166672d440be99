"""Errors of the client, as errors that Airflow understands."""

from mwaa_cli_proxy import NoResponseError, ProblemError, ProxyError
from mwaa_cli_proxy.airflow._compat import AirflowException, AirflowFailException

#: Problems of the request itself. Airflow does not retry them.
FINAL_PROBLEMS = frozenset(
    {
        "malformed-request",
        "invalid-command",
        "unsupported-media-type",
        "request-too-large",
        "not-granted",
        "not-found",
        "key-reused",
    }
)

_KEY_REUSED = (
    "An earlier try of this task started a run with another conf or logical date, so this try started none. "
    "Do not let them differ between tries: use no current time and no `ti.try_number` in them. "
    "To start a run with the new values, clear the task."
)


def to_airflow_error(error: ProxyError, is_keyed: bool = False) -> AirflowException:
    """The error that a task raises. If another try cannot help, Airflow makes none.

    Args:
        error: the error of the client
        is_keyed: whether the next try finds the run that this one may have started
    """
    if is_keyed and error.outcome_unknown:
        reason = (
            f"{error.origin} did not respond ({error.reason})." if isinstance(error, NoResponseError) else str(error)
        )
        return AirflowException(f"{reason} The run may have been started: the next try of this task finds it.")
    if not isinstance(error, ProblemError):
        return AirflowException(str(error))
    if error.code == "key-reused":
        return AirflowFailException(f"{_KEY_REUSED} {error.code}: {error.detail}")
    kind = AirflowFailException if error.code in FINAL_PROBLEMS else AirflowException
    return kind(f"{error.code}: {error.detail}")
