"""Runs Airflow commands on a private Amazon MWAA environment, through mwaa-cli-proxy."""

from . import _problems
from ._problems import *  # noqa: F403 - one class for each problem
from ._types import CommandRefusal, CommandResult, EnvironmentEntry, Explanation, GrantedCommand, RunState
from ._version import __version__
from ._wait import WaitProgress
from .async_client import AsyncProxy
from .client import Proxy
from .errors import NoResponseError, ProblemError, ProxyError, SettingsError, WaitTimeoutError

__all__ = [
    "AsyncProxy",
    "CommandRefusal",
    "CommandResult",
    "EnvironmentEntry",
    "Explanation",
    "GrantedCommand",
    "NoResponseError",
    "ProblemError",
    "Proxy",
    "ProxyError",
    "RunState",
    "SettingsError",
    "WaitProgress",
    "WaitTimeoutError",
    "__version__",
]
__all__ += _problems.__all__
