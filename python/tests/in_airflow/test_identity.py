"""The key of a task instance. These tests need no Airflow."""

from types import SimpleNamespace
from typing import Any

import pytest

from mwaa_cli_proxy.airflow import idempotency_key


def make_key(options: dict[str, Any] | None = None, **changes: Any) -> str:
    facts = {
        "dag_id": "daily",
        "run_id": "scheduled__2026-01-01T00:00:00+00:00",
        "task_id": "report",
        "map_index": -1,
        "try_number": 1,
        "max_tries": 2,
    }
    return idempotency_key({"ti": SimpleNamespace(**{**facts, **changes})}, **(options or {}))


FIRST = make_key()

# What a task instance shows after an event, and what is to be the same run: with "clear", "retry", "never".
EVENTS = [
    ("retry, killed worker", {"try_number": 2}, {"clear", "never"}),
    ("deferral, restart of a scheduler", {}, {"clear", "retry", "never"}),
    ("clear after one try", {"try_number": 2, "max_tries": 3}, {"never"}),
    ("clear after three tries", {"try_number": 4, "max_tries": 5}, {"never"}),
    ("another task", {"task_id": "other"}, set()),
    ("another DAG", {"dag_id": "other"}, set()),
    ("another DAG run", {"run_id": "manual__1"}, set()),
    ("another mapped task", {"map_index": 0}, set()),
]


@pytest.mark.parametrize("new_run_on", ["clear", "retry", "never"])
@pytest.mark.parametrize(("event", "changes", "shares"), EVENTS, ids=[event[0] for event in EVENTS])
def test_events(new_run_on: str, event: str, changes: dict[str, Any], shares: set[str]) -> None:
    options = {"new_run_on": new_run_on}
    assert (make_key(options, **changes) == make_key(options)) == (new_run_on in shares)


@pytest.mark.parametrize("options", [{"name": "b"}, {"failed_runs": 1}, {"key_prefix": "blue"}])
def test_options_that_start_another_run(options: dict[str, Any]) -> None:
    assert make_key(options) != FIRST


def test_the_generation_is_not_mixed_up_with_the_try() -> None:
    assert len({make_key({"new_run_on": value}, max_tries=1) for value in ("clear", "retry", "never")}) == 3


def test_airflow_3_shows_tasks_that_are_not_mapped_without_an_index() -> None:
    assert make_key(map_index=None) == FIRST


def test_the_key_is_the_same_in_every_version_of_this_package() -> None:
    # If it changed, a retry during an update of the package would start a second run.
    assert FIRST == "airflow-90f35d0571401deb61c9d0cdcc22deecf2629b27cec029b13288c46f1927f500"
    assert make_key(dag_id="täglich") != FIRST


def test_a_key_is_short_visible_ascii() -> None:
    key = make_key(dag_id="ä" * 250, run_id="\u2028" * 250, task_id="€" * 250)
    assert len(key) == 72
    assert key.isascii()
    assert key.isprintable()


def test_an_unknown_choice_is_an_error() -> None:
    with pytest.raises(ValueError, match="Use one of: clear, retry, never"):
        make_key({"new_run_on": "always"})
