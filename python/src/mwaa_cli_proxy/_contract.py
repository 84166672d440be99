"""Rules and names that all clients of the proxy share.

Written by `npm run python-contract` from the tables of the TypeScript client. Do not edit.
"""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, Literal, NamedTuple


class ProblemType(NamedTuple):
    """What all occurrences of a problem have in common."""

    status: int
    title: str
    #: Whether repeating the unchanged request is safe. The `retrySafe` of a problem overrides it.
    retry_safe: bool
    #: The value of `Retry-After`. None if waiting does not help.
    retry_after_seconds: int | None = None


class ExitCode(IntEnum):
    """Exit codes of the console programs."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNKNOWN = 3
    UNAVAILABLE = 69
    OUTPUT_LOST = 74
    BUSY = 75
    REFUSED = 77
    SETUP = 78
    INTERRUPTED = 130
    NO_RUN = 66
    TIMED_OUT = 124


class AnswerMember(NamedTuple):
    """A member of a successful answer."""

    name: str
    #: The values that it can have, or its type.
    value: tuple[str, ...] | type


class ClientOption(NamedTuple):
    """An option of the client itself."""

    #: The variables that the option sets.
    variables: Mapping[str, str]
    help: str


SettingName = Literal[
    "url",
    "environment",
    "airflowVersion",
    "webServerHostname",
    "region",
    "awsProfile",
    "token",
    "tokenFile",
    "tokenCommand",
    "waitSeconds",
    "stderr",
]

# All problems by their code.
PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = {
    "malformed-request": ProblemType(status=400, title="The request cannot be parsed", retry_safe=True),
    "invalid-command": ProblemType(
        status=400,
        title="The command is not valid in this Airflow release",
        retry_safe=True,
    ),
    "unsupported-media-type": ProblemType(status=415, title="The content type is not supported", retry_safe=True),
    "request-too-large": ProblemType(status=413, title="The request is too large", retry_safe=True),
    "not-signed": ProblemType(status=403, title="The request has no valid AWS signature", retry_safe=True),
    "not-authenticated": ProblemType(status=401, title="The request has no valid token", retry_safe=True),
    "caller-refused": ProblemType(status=403, title="A policy denies access to the caller", retry_safe=True),
    "not-found": ProblemType(status=404, title="The resource does not exist", retry_safe=True),
    "invalid-call": ProblemType(
        status=400,
        title="The request is not valid for the REST API of this Airflow release",
        retry_safe=True,
    ),
    "no-such-operation": ProblemType(
        status=404,
        title="The REST API of this Airflow release has no such operation",
        retry_safe=True,
    ),
    "run-not-found": ProblemType(status=404, title="The DAG has no such run", retry_safe=True),
    "not-granted": ProblemType(status=403, title="The request is not granted to the caller", retry_safe=True),
    "untrusted-event": ProblemType(status=403, title="The event did not come through the API", retry_safe=True),
    "command-failed": ProblemType(status=422, title="The command failed in Airflow", retry_safe=False),
    "logical-date-collision": ProblemType(status=409, title="Another run has the same logical date", retry_safe=True),
    "key-reused": ProblemType(status=409, title="The idempotency key was used for another request", retry_safe=True),
    "outcome-unclear": ProblemType(
        status=424,
        title="The response does not show whether the command succeeded",
        retry_safe=False,
    ),
    "outcome-unknown": ProblemType(
        status=424,
        title="The request was sent, and its outcome is unknown",
        retry_safe=False,
    ),
    "token-throttled": ProblemType(
        status=503,
        title="MWAA throttles requests for tokens",
        retry_safe=True,
        retry_after_seconds=2,
    ),
    "token-not-permitted": ProblemType(status=502, title="The relay is not allowed to create a token", retry_safe=True),
    "token-unreachable": ProblemType(status=502, title="The MWAA API cannot be reached", retry_safe=True),
    "token-timeout": ProblemType(status=504, title="MWAA did not issue a token in time", retry_safe=True),
    "host-refused": ProblemType(
        status=502,
        title="The web server host that MWAA returned is not trusted",
        retry_safe=True,
    ),
    "no-such-environment": ProblemType(status=502, title="The MWAA environment does not exist", retry_safe=True),
    "environment-not-available": ProblemType(
        status=503,
        title="The MWAA environment is not available",
        retry_safe=True,
        retry_after_seconds=60,
    ),
    "token-refused": ProblemType(status=424, title="The Airflow web server rejected a new token", retry_safe=True),
    "command-refused": ProblemType(status=424, title="MWAA rejected the command", retry_safe=True),
    "role-refused": ProblemType(
        status=403,
        title="The relay's role in Airflow does not allow the request",
        retry_safe=True,
    ),
    "call-refused": ProblemType(status=424, title="The Airflow web server rejected the request", retry_safe=True),
    "redirect-refused": ProblemType(
        status=424,
        title="The Airflow web server returned a redirect that is not followed",
        retry_safe=True,
    ),
    "airflow-busy": ProblemType(
        status=503,
        title="MWAA already runs as many commands as it can",
        retry_safe=True,
        retry_after_seconds=5,
    ),
    "airflow-unreachable": ProblemType(status=502, title="The Airflow web server cannot be reached", retry_safe=True),
    "airflow-error": ProblemType(status=502, title="The Airflow web server failed", retry_safe=True),
    "airflow-timeout": ProblemType(status=504, title="Airflow did not respond in time", retry_safe=True),
    "answer-too-large": ProblemType(status=424, title="The response exceeds the size limit", retry_safe=True),
    "unhealthy": ProblemType(status=503, title="The health check failed", retry_safe=True),
    "busy": ProblemType(
        status=503,
        title="All slots of the environment are taken",
        retry_safe=True,
        retry_after_seconds=5,
    ),
    "relay-unavailable": ProblemType(status=503, title="Lambda could not start the relay", retry_safe=True),
    "relay-failed": ProblemType(
        status=502,
        title="The relay did not respond to a request that changes nothing",
        retry_safe=True,
    ),
    "policy-unavailable": ProblemType(status=503, title="There is no valid policy", retry_safe=True),
    "policy-changed": ProblemType(
        status=503,
        title="The policy changed while the request waited",
        retry_safe=True,
        retry_after_seconds=1,
    ),
    "throttled": ProblemType(status=429, title="Too many requests", retry_safe=True, retry_after_seconds=1),
    "authorizer-failed": ProblemType(
        status=503,
        title="The authorizer could not check the token",
        retry_safe=True,
        retry_after_seconds=5,
    ),
    "quota-exceeded": ProblemType(status=429, title="The quota of this period is used up", retry_safe=True),
    "gateway-refused": ProblemType(status=403, title="The API rejected the request", retry_safe=True),
    "gateway-error": ProblemType(
        status=424,
        title="The request could not be processed",
        retry_safe=False,
        retry_after_seconds=2,
    ),
    "gateway-timeout": ProblemType(status=424, title="The API timed out waiting for a response", retry_safe=False),
    "internal-error": ProblemType(status=500, title="The function failed unexpectedly", retry_safe=False),
}

# What precedes the code in the `type` of a problem.
PROBLEM_TYPE_PREFIX: Final[str] = "urn:mwaa-cli-proxy:problem:"

# Nothing shows whether the command ran.
UNKNOWN_OUTCOMES: Final[frozenset[str]] = frozenset({"gateway-error", "gateway-timeout", "outcome-unknown"})

# A trigger with a key is repeated after these: it cannot create a second run.
REPEATED_WITH_KEY: Final[frozenset[str]] = frozenset(
    {"gateway-error", "gateway-timeout", "internal-error", "outcome-unclear", "outcome-unknown"}
)

# A request that changes nothing is repeated after these.
REPEATED_IF_READ_ONLY: Final[frozenset[str]] = frozenset(
    {
        "airflow-error",
        "airflow-timeout",
        "gateway-error",
        "gateway-timeout",
        "internal-error",
        "outcome-unknown",
        "relay-failed",
    }
)

# These show what became of a trigger, also if an earlier attempt had an unknown outcome.
FINAL_PROBLEMS: Final[frozenset[str]] = frozenset(
    {"command-failed", "key-reused", "logical-date-collision", "outcome-unclear"}
)

# The `type` of an answer that is not from the proxy.
FOREIGN_ANSWER_TYPE: Final[str] = "about:blank"

# Of an answer that is not from the proxy: nothing shows whether the command ran, if its status begins with one of these.
FOREIGN_UNKNOWN_OUTCOMES: Final[frozenset[int]] = frozenset({2, 5})

# Of an answer that is not from the proxy: a repeat may help, if its status begins with one of these.
FOREIGN_REPEATED: Final[frozenset[int]] = frozenset({5})

# The member that shows that a successful answer is one: by route, with its values or its type.
ANSWER_MEMBERS: Final[Mapping[str, AnswerMember]] = {
    "cli": AnswerMember(name="outcome", value=("succeeded", "unverified", "failed")),
    "explain": AnswerMember(name="allowed", value=bool),
    "run": AnswerMember(name="state", value=("queued", "running", "success", "failed")),
    "commands": AnswerMember(name="commands", value=list),
    "environments": AnswerMember(name="environments", value=list),
}

# What a message says if nothing shows whether a command ran.
CHECK_ADVICE: Final[str] = "The command may have run: check in Airflow before you send it again."

# Nothing was started, and waiting helps: always, or only if the answer has `Retry-After`.
STARTED_LATER: Final[Mapping[str, Literal["always", "with Retry-After"]]] = {
    "busy": "always",
    "throttled": "always",
    "relay-unavailable": "with Retry-After",
}

# Including the first, but not the requests for which no slot was free.
MAX_ATTEMPTS: Final[int] = 4

# A request is not repeated once its attempts took this long, pauses and waiting for a slot not included.
MAX_ATTEMPT_SECONDS: Final[float] = 300.0

# A problem with a longer `Retry-After` is not retried.
MAX_RETRY_AFTER_SECONDS: Final[float] = 10.0

# A pause is longer by up to this fraction.
RETRY_JITTER: Final[float] = 0.25

# How long a command waits for a free slot by default.
SLOT_WAIT_SECONDS: Final[float] = 600.0

# What the first request waits at most if a listener wants to know that the command waits.
FIRST_SLOT_WAIT_SECONDS: Final[float] = 3.0

# Longer than any request waits. Above it, a request has no header `Prefer`.
MAX_REQUEST_WAIT_SECONDS: Final[float] = 290.0

# The shortest pause between two requests for a slot.
MIN_SLOT_PAUSE_SECONDS: Final[float] = 0.25

# How long to wait for the end of a run by default.
WAIT_TIMEOUT_SECONDS: Final[float] = 1800.0

# The first pause between two polls by default.
POLL_INTERVAL_SECONDS: Final[float] = 5.0

# Each pause is this many times as long as the one before it.
POLL_PAUSE_GROWTH: Final[float] = 1.5

# The longest pause, unless the first is longer.
MAX_POLL_PAUSE_SECONDS: Final[float] = 60.0

# Pauses vary by this fraction, both ways.
POLL_PAUSE_JITTER: Final[float] = 0.2

# The last poll starts this long before the timeout.
LAST_POLL_SECONDS: Final[float] = 10.0

# Problems that may go away while the run continues.
TRANSIENT_PROBLEMS: Final[frozenset[str]] = frozenset(
    {
        "airflow-busy",
        "airflow-error",
        "airflow-timeout",
        "airflow-unreachable",
        "authorizer-failed",
        "busy",
        "command-failed",
        "environment-not-available",
        "gateway-error",
        "gateway-timeout",
        "internal-error",
        "outcome-unclear",
        "outcome-unknown",
        "policy-changed",
        "policy-unavailable",
        "relay-failed",
        "relay-unavailable",
        "throttled",
        "token-throttled",
        "token-timeout",
        "token-unreachable",
    }
)

# Commands that change nothing.
READ_ONLY_COMMANDS: Final[frozenset[str]] = frozenset(
    {
        "assets details",
        "assets list",
        "celery list-workers",
        "cheat-sheet",
        "checkdb",
        "config",
        "config get-value",
        "config lint",
        "config list",
        "connections get",
        "connections list",
        "dag_state",
        "dags details",
        "dags list",
        "dags list-import-errors",
        "dags list-jobs",
        "dags list-runs",
        "dags next-execution",
        "dags report",
        "dags show",
        "dags show-dependencies",
        "dags state",
        "db check",
        "db check-migrations",
        "info",
        "jobs check",
        "list_dag_runs",
        "list_dags",
        "list_tasks",
        "list_users",
        "next_execution",
        "plugins",
        "pools get",
        "pools list",
        "providers auth",
        "providers auth-managers",
        "providers behaviours",
        "providers configs",
        "providers executors",
        "providers get",
        "providers hooks",
        "providers lazy-loaded",
        "providers links",
        "providers list",
        "providers logging",
        "providers notifications",
        "providers queues",
        "providers secrets",
        "providers triggers",
        "providers widgets",
        "render",
        "roles list",
        "show_dag",
        "task_failed_deps",
        "task_state",
        "tasks failed-deps",
        "tasks list",
        "tasks render",
        "tasks state",
        "tasks states-for-dag-run",
        "teams list",
        "users list",
        "variables get",
        "variables list",
        "version",
    }
)

# All other commands. The longest path that words begin with decides: `config` reads, and `config update` does not.
OTHER_COMMANDS: Final[frozenset[str]] = frozenset(
    {
        "api-server",
        "assets materialize",
        "aws-auth-manager init-avp",
        "aws-auth-manager update-avp-schema",
        "backfill",
        "backfill create",
        "celery add-queue",
        "celery flower",
        "celery remove-all-queues",
        "celery remove-queue",
        "celery shutdown-all-workers",
        "celery shutdown-worker",
        "celery stop",
        "celery worker",
        "clear",
        "config update",
        "connections",
        "connections add",
        "connections create-default-connections",
        "connections delete",
        "connections export",
        "connections import",
        "connections test",
        "create_user",
        "dag-processor",
        "dags backfill",
        "dags clear",
        "dags delete",
        "dags pause",
        "dags reserialize",
        "dags test",
        "dags trigger",
        "dags unpause",
        "db clean",
        "db downgrade",
        "db drop-archived",
        "db export-archived",
        "db init",
        "db migrate",
        "db reset",
        "db shell",
        "db upgrade",
        "db-manager downgrade",
        "db-manager migrate",
        "db-manager reset",
        "delete_dag",
        "delete_user",
        "fab-db downgrade",
        "fab-db migrate",
        "fab-db reset",
        "flower",
        "initdb",
        "kerberos",
        "kubernetes cleanup-pods",
        "kubernetes generate-dag-yaml",
        "partitions clear",
        "pause",
        "permissions-cleanup",
        "pool",
        "pools delete",
        "pools export",
        "pools import",
        "pools set",
        "resetdb",
        "roles add-perms",
        "roles create",
        "roles del-perms",
        "roles delete",
        "roles export",
        "roles import",
        "rotate-fernet-key",
        "rotate_fernet_key",
        "run",
        "scheduler",
        "serve_logs",
        "shell",
        "standalone",
        "state-store clean",
        "sync-perm",
        "sync_perm",
        "tasks clear",
        "tasks run",
        "tasks test",
        "teams create",
        "teams delete",
        "teams sync",
        "test",
        "trigger_dag",
        "triggerer",
        "unpause",
        "upgradedb",
        "users add-role",
        "users create",
        "users delete",
        "users export",
        "users import",
        "users remove-role",
        "users reset-password",
        "variables",
        "variables delete",
        "variables export",
        "variables import",
        "variables set",
        "webserver",
        "worker",
    }
)

# By the `outcome` of a result.
EXIT_CODE_BY_OUTCOME: Final[Mapping[str, ExitCode]] = {
    "succeeded": ExitCode.OK,
    "unverified": ExitCode.OK,
    "failed": ExitCode.FAILED,
}

# By the `evidence` of a `command-failed`. It precedes the code of the problem.
EXIT_CODE_BY_EVIDENCE: Final[Mapping[str, ExitCode]] = {
    "argparse's usage error": ExitCode.USAGE,
}

# By the code of a problem. All others: `UNAVAILABLE`.
EXIT_CODE_BY_PROBLEM: Final[Mapping[str, ExitCode]] = {
    "command-failed": ExitCode.FAILED,
    "logical-date-collision": ExitCode.FAILED,
    "invalid-command": ExitCode.USAGE,
    "malformed-request": ExitCode.USAGE,
    "key-reused": ExitCode.USAGE,
    "not-granted": ExitCode.REFUSED,
    "not-signed": ExitCode.REFUSED,
    "not-authenticated": ExitCode.REFUSED,
    "caller-refused": ExitCode.REFUSED,
    "gateway-refused": ExitCode.REFUSED,
    "command-refused": ExitCode.REFUSED,
    "outcome-unclear": ExitCode.UNKNOWN,
    "busy": ExitCode.BUSY,
    "airflow-busy": ExitCode.BUSY,
    "token-throttled": ExitCode.BUSY,
    "throttled": ExitCode.BUSY,
    "not-found": ExitCode.SETUP,
}

# Without a proxy, these problems are about the caller. They precede the table above.
EXIT_CODE_BY_DIRECT_PROBLEM: Final[Mapping[str, ExitCode]] = {
    "token-not-permitted": ExitCode.REFUSED,
    "no-such-environment": ExitCode.SETUP,
    "host-refused": ExitCode.SETUP,
}

# The variable of each setting, by its name in a profile.
SETTING_VARIABLES: Final[Mapping[str, str]] = {
    "url": "MWAA_CLI_PROXY_URL",
    "environment": "MWAA_ENVIRONMENT",
    "airflowVersion": "MWAA_AIRFLOW_VERSION",
    "webServerHostname": "MWAA_WEB_SERVER_HOSTNAME",
    "region": "AWS_REGION",
    "awsProfile": "AWS_PROFILE",
    "token": "MWAA_CLI_PROXY_TOKEN",
    "tokenFile": "MWAA_CLI_PROXY_TOKEN_FILE",
    "tokenCommand": "MWAA_CLI_PROXY_TOKEN_COMMAND",
    "waitSeconds": "MWAA_CLI_PROXY_WAIT",
    "stderr": "MWAA_CLI_PROXY_STDERR",
}

# The variable that selects a profile.
PROFILE_VARIABLE: Final[str] = "MWAA_CLI_PROXY_PROFILE"

# The variable that names the profiles file.
PROFILES_FILE_VARIABLE: Final[str] = "MWAA_CLI_PROXY_CONFIG"

# How the streams of a command are printed.
STREAM_MODES: Final[tuple[str, ...]] = ("quiet", "all", "raw")

# A host name of API Gateway, with its region.
API_HOST_PATTERN: Final[str] = "\\.execute-api(?:-fips)?\\.([a-z0-9-]+)\\.(?:amazonaws\\.com(?:\\.cn)?|api\\.aws)\\Z"

# Host names that only web servers of MWAA have.
WEB_SERVER_HOST_PATTERNS: Final[tuple[str, ...]] = (
    "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,2}(?!cn-)[a-z]{2,4}(?:-[a-z]+){1,3}-\\d{1,2}\\.airflow\\.amazonaws\\.com\\Z",
    "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,2}airflow\\.(?!cn-)[a-z]{2,4}(?:-[a-z]+){1,3}-\\d{1,2}\\.on\\.aws\\Z",
    "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,2}cn-[a-z]+-\\d{1,2}\\.airflow\\.amazonaws\\.com\\.cn\\Z",
    "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.){1,2}airflow\\.cn-[a-z]+-\\d{1,2}\\.on\\.amazonwebservices\\.com\\.cn\\Z",
)

# The first path segment for callers with a token.
OIDC_PATH: Final[str] = "oidc"

# The parameter of the route `run` with the id of the DAG.
DAG_ID_PARAMETER: Final[str] = "dagId"

# The parameter of the route `run` with the id of the run.
RUN_ID_PARAMETER: Final[str] = "runId"

# What each note means.
NOTE_TEXTS: Final[Mapping[str, str]] = {
    "nothing-matched": "Airflow exited with 0 and says that there was nothing to do.",
    "success-either-way": "Airflow exits with 0 and prints the same, whether or not there was anything to do.",
    "exit-status-misleads": "The answer is complete. Airflow exits with 1 because there are import errors to list.",
    "task-failed": "The task failed, although Airflow exited with 0.",
    "part-failed": "Airflow exited with 0, but its output says that all or part of the command failed.",
    "not-as-asked": "Airflow exited with 0 and says that it ignored or replaced a value, or that the result has no effect.",
    "dag-is-paused": "The DAG is paused. Its runs do not start until you unpause it.",
    "no-logical-date": "The run has no logical date. Listings that filter by date never show it.",
}

# Notes that say nothing about this result. Printed only on request.
QUIET_NOTES: Final[frozenset[str]] = frozenset({"no-logical-date", "success-either-way"})

# Kinds of messages that a command that succeeded prints only on request.
QUIET_KINDS: Final[frozenset[str]] = frozenset({"notice", "warning"})

# Problems that say how Airflow ran the command or read its words. They do not depend on where it was sent.
AIRFLOW_PROBLEMS: Final[frozenset[str]] = frozenset(
    {"command-failed", "invalid-command", "logical-date-collision", "outcome-unclear"}
)

# What the `detail` of `busy` says about waiting longer.
WAIT_LONGER_ADVICE: Final[str] = "or with the header Prefer: wait=SECONDS if it may wait longer"

# What a program says instead.
SHELL_WAIT_ADVICE: Final[str] = "without --no-wait, or with a larger MWAA_CLI_PROXY_WAIT"

# Words that only subcommands follow, in every release.
GROUPS: Final[tuple[str, ...]] = (
    "assets",
    "config",
    "connections",
    "dags",
    "db",
    "jobs",
    "pools",
    "providers",
    "roles",
    "tasks",
    "users",
    "variables",
)

# The options of the client, which precede the command.
CLIENT_OPTIONS: Final[Mapping[str, ClientOption]] = {
    "--no-wait": ClientOption(
        variables={"MWAA_CLI_PROXY_WAIT": "0"},
        help="fail at once if the environment has no free slot",
    ),
    "--verbose": ClientOption(
        variables={"MWAA_CLI_PROXY_STDERR": "all"},
        help="print notices and warnings too; known ones are left out by default",
    ),
    "--raw": ClientOption(
        variables={"MWAA_CLI_PROXY_STDERR": "raw"},
        help="print both streams as Airflow printed them, instead of only the answer on standard output",
    ),
}
