"""The operators that run commands and start DAG runs in remote environments."""

import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from mwaa_cli_proxy import CommandResult, ProblemError, Proxy, ProxyError, WaitProgress, WaitTimeoutError
from mwaa_cli_proxy._contract import NOTE_TEXTS, QUIET_KINDS, QUIET_NOTES
from mwaa_cli_proxy.airflow._compat import (
    DEFAULT_DEFERRABLE,
    AirflowException,
    AirflowFailException,
    AirflowTaskTimeout,
    BaseOperator,
    Context,
)
from mwaa_cli_proxy.airflow.errors import to_airflow_error
from mwaa_cli_proxy.airflow.hook import DEFAULT_CONNECTION, MwaaCliProxyHook
from mwaa_cli_proxy.airflow.identity import NewRunOn, idempotency_key
from mwaa_cli_proxy.airflow.link import LINK_KEY, RemoteRunLink
from mwaa_cli_proxy.airflow.trigger import NO_TIMEOUT, RemoteDagRunTrigger, is_of_earlier_try

TRIGGER_COMMANDS = (["dags", "trigger"], ["trigger_dag"])
_RUN_ID_OPTION = re.compile(r"-r|--run[-_]id(=|$)")


class _RemoteOperator(BaseOperator):
    """What both operators have in common."""

    conn_id: str
    environment: str | None

    @property
    def hook(self) -> MwaaCliProxyHook:
        """The connection to the proxy."""
        return MwaaCliProxyHook(self.conn_id, environment=self.environment)

    def _log_result(self, result: CommandResult) -> None:
        if result.outcome == "unverified":
            self.log.warning("The output does not show how the command ended.")
        for note in result.notes:
            if note not in QUIET_NOTES:
                self.log.warning("%s", NOTE_TEXTS.get(note, note))
        # Of a run that exists already, Airflow prints a traceback.
        if not result.replayed:
            self._log_messages(result.raw)

    def _log_messages(self, body: Mapping[str, Any]) -> None:
        """Logs what a command printed besides its answer."""
        for message in body.get("messages", ()):
            if message["kind"] not in QUIET_KINDS:
                self.log.info("%s: %s", message["stream"], message["text"].rstrip("\n"))


class AirflowCommandOperator(_RemoteOperator):
    """Runs an Airflow command in a remote environment.

    ```python
    AirflowCommandOperator(task_id="pause", command="dags pause daily_report")
    AirflowCommandOperator(task_id="list_dags", command=["dags", "list"])
    ```

    Returns the JSON value that the command printed, or its answer as text without the last line end. What it printed
    besides is in the log of the task.

    A command that changes something and is no trigger has no identity. If its outcome is unknown, the task fails and is
    not tried again, because Airflow may have run the command.

    Args:
        command: the words after `airflow`, or one text that is split like a shell does (templated)
        conn_id: the Airflow connection (templated)
        environment: the name of the environment in the configuration of the proxy (templated). Default: that of the
            connection
        format: `json` asks for JSON if the command has an option for it, `raw` runs the command as it is
        new_run_on: for `dags trigger`: see `TriggerRemoteDagOperator`
        retry_unknown_outcome: whether the task is also tried again if the command may have run
        **kwargs: those of every operator
    """

    template_fields: Sequence[str] = ("command", "conn_id", "environment")
    template_ext: Sequence[str] = ()

    def __init__(
        self,
        *,
        command: str | Sequence[Any],
        conn_id: str = DEFAULT_CONNECTION,
        environment: str | None = None,
        format: Literal["json", "raw"] = "json",  # noqa: A002 - as in `Proxy.run`
        new_run_on: NewRunOn = "clear",
        retry_unknown_outcome: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.conn_id = conn_id
        self.environment = environment
        self.format = format
        self.new_run_on = new_run_on
        self.retry_unknown_outcome = retry_unknown_outcome

    def execute(self, context: Context) -> Any:
        """Runs the command once."""
        hook = self.hook
        argv = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        key = (
            idempotency_key(context, new_run_on=self.new_run_on, key_prefix=hook.key_prefix)
            if has_identity(argv)
            else None
        )
        try:
            result = hook.get_conn().run(argv, idempotency_key=key, format=self.format, streams="split")
        except ProxyError as error:
            if isinstance(error, ProblemError):
                self._log_messages(error.problem)
            raise self._convert(error, is_repeatable=key is not None) from error
        except AirflowTaskTimeout as timeout:
            if isinstance(timeout.__cause__, ProxyError):
                converted = self._convert(timeout.__cause__, is_repeatable=key is not None)
                if isinstance(converted, AirflowFailException):
                    raise converted from timeout
            raise
        self.log.info("Outcome: %s (%s). Request %s.", result.outcome, result.evidence, result.request_id)
        self._log_result(result)
        return (
            result.output
            if result.output is not None
            else str(result.raw.get("answer", result.stdout)).removesuffix("\n")
        )

    def _convert(self, error: ProxyError, is_repeatable: bool) -> AirflowException:
        may_have_run = error.outcome_unknown or (isinstance(error, ProblemError) and error.code == "outcome-unclear")
        if not may_have_run or is_repeatable or self.retry_unknown_outcome:
            return to_airflow_error(error, is_keyed=is_repeatable)
        return AirflowFailException(
            f"{error} The task is not tried again, because the command may have run. Check in Airflow, then clear the "
            "task, or set `retry_unknown_outcome=True` if the command can run twice."
        )


class TriggerRemoteDagOperator(_RemoteOperator):
    """Starts a DAG run in a remote environment, exactly once.

    ```python
    TriggerRemoteDagOperator(
        task_id="report",
        trigger_dag_id="daily_report",
        conf={"day": "{{ ds }}"},
        wait_for_completion=True,
        deferrable=True,
    )
    ```

    The run belongs to the task instance. A retry, also after a killed worker or a lost answer, finds the run that an
    earlier try started. With `new_run_on="clear"` and `wait_for_completion`, a retry starts another run if that run has
    failed. Returns the id of the run.

    Args:
        trigger_dag_id: the id of the remote DAG (templated)
        conf: the conf of the run. It must be the same in every try (templated)
        logical_date: the logical date of the run, ISO 8601 or a datetime (templated). Default: none, or the time of the
            trigger
        conn_id: the Airflow connection (templated)
        environment: the name of the environment in the configuration of the proxy (templated). Default: that of the
            connection
        new_run_on: `clear`: a new run if the task was cleared. `retry`: a new run for each try. `never`: one run,
            whatever happens to the task instance
        new_run_after_failure: with `new_run_on="clear"` and `wait_for_completion`: whether a retry starts a new run if
            the run has failed
        wait_for_completion: whether to wait for the end of the run, and to fail if it fails
        deferrable: whether to wait in the triggerer
        poke_interval: seconds between the first two polls. Later pauses are longer, up to a minute
        timeout: how long to wait for the end of the run, in seconds. Default: no limit. The run continues
        **kwargs: those of every operator
    """

    operator_extra_links = (RemoteRunLink(),)
    template_fields: Sequence[str] = ("trigger_dag_id", "conf", "logical_date", "conn_id", "environment")
    template_fields_renderers: ClassVar[dict[str, str]] = {"conf": "json"}

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        conf: dict[str, Any] | None = None,
        logical_date: str | datetime | None = None,
        conn_id: str = DEFAULT_CONNECTION,
        environment: str | None = None,
        new_run_on: NewRunOn = "clear",
        new_run_after_failure: bool = True,
        wait_for_completion: bool = False,
        deferrable: bool = DEFAULT_DEFERRABLE,
        poke_interval: float = 5,
        timeout: float | timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trigger_dag_id = trigger_dag_id
        self.conf = conf
        self.logical_date = logical_date
        self.conn_id = conn_id
        self.environment = environment
        self.new_run_on = new_run_on
        self.new_run_after_failure = new_run_after_failure
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poke_interval = poke_interval
        self.timeout = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout

    def execute(self, context: Context) -> str:
        """Starts the run or finds it, and waits for its end."""
        hook = self.hook
        proxy = hook.get_conn()
        try:
            result = self._find_or_start(context, proxy, hook.key_prefix)
        except ProxyError as error:
            if isinstance(error, ProblemError):
                self._log_messages(error.problem)
            raise to_airflow_error(error, is_keyed=True) from error
        run_id = str(result.run_id)
        self._log_result(result)
        # Airflow 3 shows the link while the task runs, because it is stored where Airflow looks for it.
        link = hook.get_link(self.trigger_dag_id, run_id, result.airflow_version)
        context["ti"].xcom_push(key=LINK_KEY, value=link)
        if not self.wait_for_completion:
            return run_id
        if self.deferrable:
            self.defer(
                trigger=RemoteDagRunTrigger(
                    conn_id=self.conn_id,
                    environment=self.environment,
                    dag_id=self.trigger_dag_id,
                    run_id=run_id,
                    poke_interval=self.poke_interval,
                    deadline=None if self.timeout is None else time.time() + self.timeout,
                    try_number=context["ti"].try_number,
                ),
                method_name="execute_complete",
            )
        return self._finish(run_id, self._wait(proxy, run_id), "")

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Called with the event of the trigger."""
        if is_of_earlier_try(event, context):
            return self.execute(context)
        return self._finish(event["run_id"], event["state"], event["message"])

    def _find_or_start(self, context: Context, proxy: Proxy, key_prefix: str) -> CommandResult:
        argv = self._create_argv(proxy)
        skips_failed = self.new_run_on == "clear" and self.new_run_after_failure and self.wait_for_completion
        # Each try starts at most one run, so there are no more failed runs than earlier tries.
        failed_runs = 0
        while True:
            key = idempotency_key(context, new_run_on=self.new_run_on, failed_runs=failed_runs, key_prefix=key_prefix)
            result = proxy.run(argv, idempotency_key=key, streams="split")
            self.log.info("Run %s %s.", result.run_id, "exists already" if result.replayed else "was started")
            has_failed = skips_failed and result.replayed and self._read_state(proxy, result) == "failed"
            if not has_failed or failed_runs + 1 >= context["ti"].try_number:
                return result
            self.log.info("The run has failed. This try starts another one.")
            failed_runs += 1

    def _create_argv(self, proxy: Proxy) -> list[Any]:
        argv: list[Any] = ["dags", "trigger", self.trigger_dag_id]
        if self.conf is not None:
            argv += ["--conf", self.conf if isinstance(self.conf, str) else json.dumps(self.conf)]
        if self.logical_date is not None:
            date = self.logical_date
            argv += [find_date_option(proxy), date.isoformat() if isinstance(date, datetime) else date]
        return argv

    def _read_state(self, proxy: Proxy, result: CommandResult) -> str:
        return proxy.run_state(self.trigger_dag_id, str(result.run_id)).state

    def _wait(self, proxy: Proxy, run_id: str) -> str:
        try:
            return proxy.wait(
                self.trigger_dag_id,
                run_id,
                timeout=NO_TIMEOUT if self.timeout is None else self.timeout,
                interval=self.poke_interval,
                progress=self._log_progress,
            ).state
        except WaitTimeoutError as error:
            raise AirflowException(str(error)) from error
        except ProxyError as error:
            raise to_airflow_error(error) from error

    def _log_progress(self, progress: WaitProgress) -> None:
        self.log.info("Run %s is %s. %s", progress.run_id, progress.state or "unknown", progress.detail or "")

    def _finish(self, run_id: str, state: str, message: str) -> str:
        if state in ("timeout", "error"):
            raise AirflowException(message)
        if state != "success":
            raise AirflowException(f"The remote run {run_id} of {self.trigger_dag_id} failed.")
        self.log.info("Run %s succeeded.", run_id)
        return run_id


def has_identity(argv: Sequence[Any]) -> bool:
    """Whether a command starts a run whose id the proxy makes from the idempotency key."""
    words = [str(word) for word in argv]
    is_trigger = any(words[: len(path)] == path for path in TRIGGER_COMMANDS)
    return is_trigger and not any(_RUN_ID_OPTION.match(word) for word in words)


def find_date_option(proxy: Proxy) -> str:
    """The option of `dags trigger` for the logical date. Airflow 3 renamed it."""
    for entry in proxy.environments():
        if entry.name == proxy.environment and int(entry.airflow_version.partition(".")[0]) < 3:
            return "--exec-date"
    return "--logical-date"
