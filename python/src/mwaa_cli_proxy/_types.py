"""What the API returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: A JSON object as it was received.
JsonObject = Mapping[str, Any]

#: `failed` is returned for commands whose exit code 1 is a regular result, such as a list of import errors.
Outcome = Literal["succeeded", "unverified", "failed"]

#: A state of a DAG run.
State = Literal["queued", "running", "success", "failed"]


@dataclass(frozen=True)
class CommandResult:
    """The response to a command.

    Attributes:
        outcome: `succeeded`: Airflow's process exited with 0. `unverified`: the output does not show how the command
            ended. `failed`: only for commands whose exit code 1 is a regular result.
        output: The JSON value found in standard output, or None.
        stdout: Standard output, decoded and otherwise unchanged.
        stderr: Standard error, decoded and otherwise unchanged.
        run_id: For a trigger: the id of the run.
        replayed: For a trigger with an idempotency key: whether an earlier request created the run.
        evidence: What the outcome is based on.
        notes: Codes for cases in which the exit code alone is misleading, such as `dag-is-paused`.
        request_id: The id of the request, for the log of the proxy.
        environment: The name of the environment.
        airflow_version: The Airflow release of the environment.
        command: The arguments that were sent.
        duration_ms: How long the command took, in milliseconds.
        queued_ms: How long the request waited for a free slot, in milliseconds.
        raw: The whole response.
    """

    outcome: Outcome
    output: Any
    stdout: str
    stderr: str
    run_id: str | None
    replayed: bool | None
    evidence: str
    notes: tuple[str, ...]
    request_id: str
    environment: str
    airflow_version: str
    command: tuple[str, ...]
    duration_ms: int
    queued_ms: int | None
    raw: JsonObject = field(repr=False, compare=False)

    @classmethod
    def _from_response(cls, body: JsonObject) -> CommandResult:
        return cls(
            outcome=body["outcome"],
            output=body.get("output"),
            stdout=body.get("stdout", ""),
            stderr=body.get("stderr", ""),
            run_id=body.get("runId"),
            replayed=body.get("replayed"),
            evidence=body.get("evidence", ""),
            notes=tuple(body.get("notes", ())),
            request_id=body.get("requestId", ""),
            environment=body.get("environment", ""),
            airflow_version=body.get("airflowVersion", ""),
            command=tuple(body.get("command", ())),
            duration_ms=body.get("durationMs", 0),
            queued_ms=body.get("queuedMs"),
            raw=body,
        )


@dataclass(frozen=True)
class RunState:
    """The state of a DAG run, the same for every release.

    Attributes:
        dag_id: The id of the DAG.
        run_id: The id of the run.
        state: `queued`, `running`, `success`, or `failed`.
        logical_date: ISO 8601, or None if the commands of the release do not show it.
        started_at: ISO 8601, or None.
        ended_at: ISO 8601, or None.
        raw: The whole response.
    """

    dag_id: str
    run_id: str
    state: State
    logical_date: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    raw: JsonObject = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def _from_response(cls, dag_id: str, run_id: str, body: JsonObject) -> RunState:
        return cls(
            dag_id=dag_id,
            run_id=run_id,
            state=body["state"],
            logical_date=body.get("logicalDate"),
            started_at=body.get("startedAt"),
            ended_at=body.get("endedAt"),
            raw=body,
        )


@dataclass(frozen=True)
class CommandRefusal:
    """Why a command is refused.

    Attributes:
        code: The code of the problem that the command would get, such as `not-granted`.
        detail: What is wrong, and what to do.
    """

    code: str
    detail: str


@dataclass(frozen=True)
class Explanation:
    """Whether a command is allowed and what would be sent, or why it is refused.

    Attributes:
        allowed: Whether the command would run.
        command_line: What would be sent to Airflow, or None.
        grant: The rule that allows it, or None.
        line: The line of the grant in the configuration file, or None.
        refusal: Why it is refused, or None.
        raw: The whole response.
    """

    allowed: bool
    command_line: str | None
    grant: str | None
    line: int | None
    refusal: CommandRefusal | None
    raw: JsonObject = field(repr=False, compare=False)

    @classmethod
    def _from_response(cls, body: JsonObject) -> Explanation:
        refusal = body.get("refusal")
        return cls(
            allowed=body["allowed"],
            command_line=body.get("commandLine"),
            grant=body.get("grant"),
            line=body.get("line"),
            refusal=None if refusal is None else CommandRefusal(refusal["code"], refusal["detail"]),
            raw=body,
        )


@dataclass(frozen=True)
class GrantedCommand:
    """One command or REST operation that the caller may use, and the rule of the grant that allows it.

    Attributes:
        command: `dags trigger`, `api GET /dags/{dag_id}`.
        usage: The arguments that the rule allows.
        grant: The rule.
        line: The line of the grant in the configuration file.
        options: The options that the rule allows.
        operations: Of a command: the REST operations whose requests the grant may allow, too.
    """

    command: str
    usage: str
    grant: str
    line: int
    options: tuple[str, ...]
    operations: tuple[str, ...] = ()

    @classmethod
    def _from_response(cls, row: JsonObject) -> GrantedCommand:
        return cls(
            command=row["command"],
            usage=row["usage"],
            grant=row["grant"],
            line=row["line"],
            options=tuple(row["options"]),
            operations=tuple(row.get("operations", ())),
        )


@dataclass(frozen=True)
class EnvironmentEntry:
    """An environment in which the caller may run a command.

    Attributes:
        name: Its name in the configuration of the proxy.
        airflow_version: Its Airflow release.
    """

    name: str
    airflow_version: str

    @classmethod
    def _from_response(cls, row: JsonObject) -> EnvironmentEntry:
        return cls(name=row["name"], airflow_version=row["airflowVersion"])
