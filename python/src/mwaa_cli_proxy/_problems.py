"""One error class for each problem of the API.

Written by `npm run python-contract` from the tables of the TypeScript client. Do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .errors import ProblemError


class MalformedRequestError(ProblemError):
    """The request cannot be parsed (`malformed-request`)."""


class InvalidCommandError(ProblemError):
    """The command is not valid in this Airflow release (`invalid-command`)."""


class UnsupportedMediaTypeError(ProblemError):
    """The content type is not supported (`unsupported-media-type`)."""


class RequestTooLargeError(ProblemError):
    """The request is too large (`request-too-large`)."""


class NotSignedError(ProblemError):
    """The request has no valid AWS signature (`not-signed`)."""


class NotAuthenticatedError(ProblemError):
    """The request has no valid token (`not-authenticated`)."""


class CallerRefusedError(ProblemError):
    """A policy denies access to the caller (`caller-refused`)."""


class NotFoundError(ProblemError):
    """The resource does not exist (`not-found`)."""


class InvalidCallError(ProblemError):
    """The request is not valid for the REST API of this Airflow release (`invalid-call`)."""


class NoSuchOperationError(ProblemError):
    """The REST API of this Airflow release has no such operation (`no-such-operation`)."""


class RunNotFoundError(ProblemError):
    """The DAG has no such run (`run-not-found`)."""


class NotGrantedError(ProblemError):
    """The request is not granted to the caller (`not-granted`)."""


class UntrustedEventError(ProblemError):
    """The event did not come through the API (`untrusted-event`)."""


class CommandFailedError(ProblemError):
    """The command failed in Airflow (`command-failed`)."""


class LogicalDateCollisionError(ProblemError):
    """Another run has the same logical date (`logical-date-collision`)."""


class KeyReusedError(ProblemError):
    """The idempotency key was used for another request (`key-reused`)."""


class OutcomeUnclearError(ProblemError):
    """The response does not show whether the command succeeded (`outcome-unclear`)."""


class OutcomeUnknownError(ProblemError):
    """The request was sent, and its outcome is unknown (`outcome-unknown`)."""


class TokenThrottledError(ProblemError):
    """MWAA throttles requests for tokens (`token-throttled`)."""


class TokenNotPermittedError(ProblemError):
    """The relay is not allowed to create a token (`token-not-permitted`)."""


class TokenUnreachableError(ProblemError):
    """The MWAA API cannot be reached (`token-unreachable`)."""


class TokenTimeoutError(ProblemError):
    """MWAA did not issue a token in time (`token-timeout`)."""


class HostRefusedError(ProblemError):
    """The web server host that MWAA returned is not trusted (`host-refused`)."""


class NoSuchEnvironmentError(ProblemError):
    """The MWAA environment does not exist (`no-such-environment`)."""


class EnvironmentNotAvailableError(ProblemError):
    """The MWAA environment is not available (`environment-not-available`)."""


class TokenRefusedError(ProblemError):
    """The Airflow web server rejected a new token (`token-refused`)."""


class CommandRefusedError(ProblemError):
    """MWAA rejected the command (`command-refused`)."""


class RoleRefusedError(ProblemError):
    """The relay's role in Airflow does not allow the request (`role-refused`)."""


class CallRefusedError(ProblemError):
    """The Airflow web server rejected the request (`call-refused`)."""


class RedirectRefusedError(ProblemError):
    """The Airflow web server returned a redirect that is not followed (`redirect-refused`)."""


class AirflowBusyError(ProblemError):
    """MWAA already runs as many commands as it can (`airflow-busy`)."""


class AirflowUnreachableError(ProblemError):
    """The Airflow web server cannot be reached (`airflow-unreachable`)."""


class AirflowError(ProblemError):
    """The Airflow web server failed (`airflow-error`)."""


class AirflowTimeoutError(ProblemError):
    """Airflow did not respond in time (`airflow-timeout`)."""


class AnswerTooLargeError(ProblemError):
    """The response exceeds the size limit (`answer-too-large`)."""


class UnhealthyError(ProblemError):
    """The health check failed (`unhealthy`)."""


class BusyError(ProblemError):
    """All slots of the environment are taken (`busy`)."""


class RelayUnavailableError(ProblemError):
    """Lambda could not start the relay (`relay-unavailable`)."""


class RelayFailedError(ProblemError):
    """The relay did not respond to a request that changes nothing (`relay-failed`)."""


class PolicyUnavailableError(ProblemError):
    """There is no valid policy (`policy-unavailable`)."""


class PolicyChangedError(ProblemError):
    """The policy changed while the request waited (`policy-changed`)."""


class ThrottledError(ProblemError):
    """Too many requests (`throttled`)."""


class AuthorizerFailedError(ProblemError):
    """The authorizer could not check the token (`authorizer-failed`)."""


class QuotaExceededError(ProblemError):
    """The quota of this period is used up (`quota-exceeded`)."""


class GatewayRefusedError(ProblemError):
    """The API rejected the request (`gateway-refused`)."""


class GatewayError(ProblemError):
    """The request could not be processed (`gateway-error`)."""


class GatewayTimeoutError(ProblemError):
    """The API timed out waiting for a response (`gateway-timeout`)."""


class InternalError(ProblemError):
    """The function failed unexpectedly (`internal-error`)."""


# The class of each problem, by its code.
PROBLEM_ERRORS: Final[Mapping[str, type[ProblemError]]] = {
    "malformed-request": MalformedRequestError,
    "invalid-command": InvalidCommandError,
    "unsupported-media-type": UnsupportedMediaTypeError,
    "request-too-large": RequestTooLargeError,
    "not-signed": NotSignedError,
    "not-authenticated": NotAuthenticatedError,
    "caller-refused": CallerRefusedError,
    "not-found": NotFoundError,
    "invalid-call": InvalidCallError,
    "no-such-operation": NoSuchOperationError,
    "run-not-found": RunNotFoundError,
    "not-granted": NotGrantedError,
    "untrusted-event": UntrustedEventError,
    "command-failed": CommandFailedError,
    "logical-date-collision": LogicalDateCollisionError,
    "key-reused": KeyReusedError,
    "outcome-unclear": OutcomeUnclearError,
    "outcome-unknown": OutcomeUnknownError,
    "token-throttled": TokenThrottledError,
    "token-not-permitted": TokenNotPermittedError,
    "token-unreachable": TokenUnreachableError,
    "token-timeout": TokenTimeoutError,
    "host-refused": HostRefusedError,
    "no-such-environment": NoSuchEnvironmentError,
    "environment-not-available": EnvironmentNotAvailableError,
    "token-refused": TokenRefusedError,
    "command-refused": CommandRefusedError,
    "role-refused": RoleRefusedError,
    "call-refused": CallRefusedError,
    "redirect-refused": RedirectRefusedError,
    "airflow-busy": AirflowBusyError,
    "airflow-unreachable": AirflowUnreachableError,
    "airflow-error": AirflowError,
    "airflow-timeout": AirflowTimeoutError,
    "answer-too-large": AnswerTooLargeError,
    "unhealthy": UnhealthyError,
    "busy": BusyError,
    "relay-unavailable": RelayUnavailableError,
    "relay-failed": RelayFailedError,
    "policy-unavailable": PolicyUnavailableError,
    "policy-changed": PolicyChangedError,
    "throttled": ThrottledError,
    "authorizer-failed": AuthorizerFailedError,
    "quota-exceeded": QuotaExceededError,
    "gateway-refused": GatewayRefusedError,
    "gateway-error": GatewayError,
    "gateway-timeout": GatewayTimeoutError,
    "internal-error": InternalError,
}

__all__ = [
    "PROBLEM_ERRORS",
    "AirflowBusyError",
    "AirflowError",
    "AirflowTimeoutError",
    "AirflowUnreachableError",
    "AnswerTooLargeError",
    "AuthorizerFailedError",
    "BusyError",
    "CallRefusedError",
    "CallerRefusedError",
    "CommandFailedError",
    "CommandRefusedError",
    "EnvironmentNotAvailableError",
    "GatewayError",
    "GatewayRefusedError",
    "GatewayTimeoutError",
    "HostRefusedError",
    "InternalError",
    "InvalidCallError",
    "InvalidCommandError",
    "KeyReusedError",
    "LogicalDateCollisionError",
    "MalformedRequestError",
    "NoSuchEnvironmentError",
    "NoSuchOperationError",
    "NotAuthenticatedError",
    "NotFoundError",
    "NotGrantedError",
    "NotSignedError",
    "OutcomeUnclearError",
    "OutcomeUnknownError",
    "PolicyChangedError",
    "PolicyUnavailableError",
    "QuotaExceededError",
    "RedirectRefusedError",
    "RelayFailedError",
    "RelayUnavailableError",
    "RequestTooLargeError",
    "RoleRefusedError",
    "RunNotFoundError",
    "ThrottledError",
    "TokenNotPermittedError",
    "TokenRefusedError",
    "TokenThrottledError",
    "TokenTimeoutError",
    "TokenUnreachableError",
    "UnhealthyError",
    "UnsupportedMediaTypeError",
    "UntrustedEventError",
]
