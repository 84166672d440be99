"""The classes of errors."""

from __future__ import annotations

import pickle

import pytest

import mwaa_cli_proxy
from mwaa_cli_proxy import CommandFailedError, NoResponseError, ProblemError, ProxyError, WaitTimeoutError
from mwaa_cli_proxy._contract import PROBLEM_TYPES
from mwaa_cli_proxy._engine import create_problem_error
from mwaa_cli_proxy._problems import PROBLEM_ERRORS

PROBLEM = {"type": "urn:mwaa-cli-proxy:problem:command-failed", "detail": "It failed.", "status": 422, "runId": "r"}


def test_each_problem_has_one() -> None:
    assert set(PROBLEM_ERRORS) == set(PROBLEM_TYPES)
    for code, kind in PROBLEM_ERRORS.items():
        error = create_problem_error({**PROBLEM, "type": f"urn:mwaa-cli-proxy:problem:{code}"}, False)
        assert type(error) is kind
        assert error.code == code
        assert getattr(mwaa_cli_proxy, kind.__name__) is kind
        assert kind.__name__ in mwaa_cli_proxy.__all__


def test_says_what_is_known() -> None:
    error = create_problem_error({**PROBLEM, "retrySafe": True, "requestId": "q"}, False)
    assert isinstance(error, CommandFailedError)
    assert isinstance(error, ProblemError)
    assert isinstance(error, ProxyError)
    assert (str(error), error.status, error.retry_safe, error.run_id, error.request_id) == (
        "It failed.",
        422,
        True,
        "r",
        "q",
    )


@pytest.mark.parametrize(
    "error",
    [
        create_problem_error(PROBLEM, True),
        NoResponseError("https://x", "refused", True),
        WaitTimeoutError("d", "r", 5, "running"),
    ],
)
def test_can_be_pickled(error: ProxyError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_everything_public_is_there() -> None:
    for name in mwaa_cli_proxy.__all__:
        assert hasattr(mwaa_cli_proxy, name)
