"""Which tasks of a run failed, and where their logs are: no command of Airflow prints task logs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from mwaa_cli_proxy._settings import Settings
from mwaa_cli_proxy._types import RunState
from mwaa_cli_proxy.client import Proxy
from mwaa_cli_proxy.errors import ProxyError

_MAX_LISTED_TASKS = 10


def print_task_logs_hint(proxy: Proxy, settings: Settings, run: RunState, print_message: Callable[[str], None]) -> None:
    """Prints the failed tasks of a run, if the caller may list them, and the command that shows their logs."""
    release = str(settings.airflow_version or run.raw.get("airflowVersion") or "")
    tasks = _fetch_tasks(proxy, run)
    failed = list(dict.fromkeys(str(task.get("task_id")) for task in tasks if task.get("state") == "failed"))
    if failed:
        more = " …" if len(failed) > _MAX_LISTED_TASKS else ""
        print_message(f"Failed tasks: {', '.join(failed[:_MAX_LISTED_TASKS])}{more}")
    started = run.started_at or min((str(task["start_date"]) for task in tasks if task.get("start_date")), default=None)
    command = format_task_logs_command(
        settings.environment, release, run, started, failed[0] if len(failed) == 1 else None
    )
    name = settings.environment
    print_message(
        f"The task logs are in CloudWatch Logs (if {name} is also the name of the environment in MWAA):\n  {command}"
    )


def _fetch_tasks(proxy: Proxy, run: RunState) -> list[Mapping[str, Any]]:
    """The tasks of a run. None of them if they cannot be read: the command may not be granted, or not exist."""
    try:
        output = proxy.run(["tasks", "states-for-dag-run", "--output=json", "--", run.dag_id, run.run_id]).output
    except (ProxyError, KeyboardInterrupt):
        return []
    return [row for row in output if isinstance(row, dict)] if isinstance(output, list) else []


def format_task_logs_command(
    environment: str, release: str, run: RunState, started_at: str | None, task_id: str | None
) -> str:
    """The command that prints the task logs of a run. MWAA writes them to a log group, with one stream per attempt.

    Source: as `client/mwaa/wait/format-task-logs-command.ts`, which says what is assumed.
    """
    since = "1d" if started_at is None else re.sub(r"[+-]00:00$", "Z", re.sub(r"\.\d+", "", started_at))
    task = "" if task_id is None else f"task_id={task_id}/"
    prefix = f"dag_id={run.dag_id}/run_id={run.run_id}/{task}"
    # Before 2.3 the run follows the task, and is identified by its date.
    if re.match(r"(?:1\.|2\.[0-2]\.)", release):
        prefix = f"{run.dag_id}/" + ("" if task_id is None else f"{task_id}/")
    name = shlex.quote(prefix.replace(":", "_"))
    return f"aws logs tail airflow-{environment}-Task --since {since} --log-stream-name-prefix {name}"
