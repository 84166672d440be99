"""The hook, its links, and the metadata of the provider."""

import asyncio
import json
import re
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials

pytest.importorskip("airflow")

from mwaa_cli_proxy import RunState, SettingsError, WaitTimeoutError
from mwaa_cli_proxy._airflow_provider import CONNECTION_EXTRAS, get_provider_info
from mwaa_cli_proxy.airflow import MwaaCliProxyHook, RemoteDagRunTrigger, RemoteRunLink
from mwaa_cli_proxy.airflow.link import LINK_KEY

API = "https://abc123.execute-api.eu-west-1.amazonaws.com/v1"


def connect(monkeypatch: pytest.MonkeyPatch, host: str = API, **members: Any) -> MwaaCliProxyHook:
    extra = {"environment": "analytics-prod", **members.pop("extra", {})}
    connection = {"conn_type": "mwaa_cli_proxy", "host": host, "extra": extra, **members}
    monkeypatch.setenv("AIRFLOW_CONN_MWAA_CLI_PROXY_DEFAULT", json.dumps(connection))
    return MwaaCliProxyHook()


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        (API, None, API),
        (f"{API}/", None, API),
        ("abc123.execute-api.eu-west-1.amazonaws.com/v1", None, API),
        ("http://localhost:4000/v1", None, "http://localhost:4000/v1"),
        ("http://localhost/v1", 4000, "http://localhost:4000/v1"),
    ],
)
def test_the_host_is_the_url(monkeypatch: pytest.MonkeyPatch, host: str, port: int | None, url: str) -> None:
    assert connect(monkeypatch, host, port=port).url == url


@pytest.mark.parametrize("host", ["http://[x", "https://localhost:port/v1"])
def test_a_host_that_is_no_url(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(SettingsError, match=f"not a URL: {re.escape(host)}"):
        assert connect(monkeypatch, host).url


@pytest.mark.parametrize(
    ("extra", "version", "link"),
    [
        ({}, "2.10.3", "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/analytics-prod/sso"),
        ({"mwaa_name": "Prod 1"}, "3.0.6", "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/Prod%201/sso"),
        ({"region": "cn-north-1"}, "3.0.6", "https://cn-north-1.console.amazonaws.cn/mwaa/home?region=cn-north-1#environments/analytics-prod/sso"),
        ({"web_server": "https://airflow.example.com/"}, "2.10.3", "https://airflow.example.com/dags/a%2Fb/grid?dag_run_id=manual__2026-11-22T00%3A00%3A00%2B00%3A00"),
        ({"web_server": "https://airflow.example.com"}, "3.0.6", "https://airflow.example.com/dags/a%2Fb/runs/manual__2026-11-22T00%3A00%3A00%2B00%3A00"),
    ],
)  # fmt: skip
def test_links(monkeypatch: pytest.MonkeyPatch, extra: dict[str, str], version: str, link: str) -> None:
    hook = connect(monkeypatch, extra=extra)
    assert hook.get_link("a/b", "manual__2026-11-22T00:00:00+00:00", version) == link


def test_no_link_without_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(monkeypatch, "http://localhost:4000/v1").get_link("d", "r", "2.10.3") == ""


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="extra `environment` of the connection mwaa_cli_proxy_default"):
        _ = connect(monkeypatch, extra={"environment": ""}).environment
    with pytest.raises(SettingsError, match="has no host"):
        _ = connect(monkeypatch, host="").url


def test_the_parameter_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    assert MwaaCliProxyHook(environment="other").environment == "other"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_form_has_the_extras_in_every_release() -> None:
    names = [name for name, *_ in CONNECTION_EXTRAS]
    (connection_type,) = get_provider_info()["connection-types"]
    assert list(connection_type["conn-fields"]) == names
    assert list(MwaaCliProxyHook.get_connection_form_widgets()) == names


def test_the_connection_is_tested_by_listing_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    ok, message = connect(monkeypatch, "http://127.0.0.1:1/v1", password="token").test_connection()
    assert not ok
    assert "did not respond" in message


def test_a_token_takes_precedence_over_aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = connect(monkeypatch, password="token", extra={"role_arn": "arn:aws:iam::111122223333:role/caller"})
    assert hook._client_options() == {"region": None, "token": "token"}


def test_a_role_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Session:
        def __init__(self, profile: str | None) -> None:
            calls.append(profile)

        def get_credentials(self) -> Credentials:
            return Credentials("AKIASOURCE", "secret")

        def create_client(self, service: str, **settings: Any) -> Any:
            calls.append((service, settings["region_name"], settings["aws_access_key_id"]))
            return SimpleNamespace(assume_role=self.assume_role)

        def assume_role(self, **members: Any) -> Any:
            calls.append(members)
            expiry = datetime.now(timezone.utc) + timedelta(hours=1)
            keys = {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expiry}
            return {"Credentials": keys}

    monkeypatch.setattr("botocore.session.Session", Session)
    arn = "arn:aws:iam::111122223333:role/caller"
    extra = {"role_arn": arn, "external_id": "x", "aws_profile": "data"}
    credentials = connect(monkeypatch, extra=extra)._client_options()["credentials"]
    assert credentials.get_frozen_credentials().access_key == "ASIAROLE"
    assert calls == [
        "data",
        ("sts", "eu-west-1", "AKIASOURCE"),
        {"RoleArn": arn, "RoleSessionName": "airflow", "ExternalId": "x"},
    ]


@pytest.mark.filterwarnings("ignore")
def test_an_aws_connection_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("airflow.providers.amazon")
    connection = {"conn_type": "aws", "login": "AKIAAIRFLOW", "password": "secret"}
    monkeypatch.setenv("AIRFLOW_CONN_TEAM", json.dumps(connection))
    credentials = connect(monkeypatch, extra={"aws_conn_id": "team"})._client_options()["credentials"]
    assert credentials.get_frozen_credentials().access_key == "AKIAAIRFLOW"


@pytest.mark.filterwarnings("ignore")
def test_an_aws_connection_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("airflow.providers.amazon")
    with pytest.raises(SettingsError, match="AWS connection nope does not exist"):
        connect(monkeypatch, extra={"aws_conn_id": "nope"})._client_options()


def test_the_link_is_read_from_the_xcom_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {"_link_RemoteRunLink": "https://link"}
    monkeypatch.setattr("mwaa_cli_proxy.airflow.link.XCom.get_value", lambda *, ti_key, key: stored.get(key))
    assert RemoteRunLink().get_link(None, ti_key=None) == "https://link"  # type: ignore[arg-type]
    assert getattr(RemoteRunLink(), "xcom_key", LINK_KEY) == LINK_KEY
    stored.clear()
    assert RemoteRunLink().get_link(None, ti_key=None) == ""  # type: ignore[arg-type]


class FakeAsyncProxy:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.waits: list[dict[str, Any]] = []

    async def wait(self, *ids: str, **options: Any) -> RunState:
        self.waits.append({"ids": ids, **options})
        if isinstance(self.answer, Exception):
            raise self.answer
        return RunState("d", "r", self.answer)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("success", "success"),
        ("failed", "failed"),
        (WaitTimeoutError("d", "r", 1, "running"), "timeout"),
        (SettingsError("No credentials."), "error"),
        (OSError("Something else."), "error"),
    ],
)
def test_the_trigger_has_one_event(monkeypatch: pytest.MonkeyPatch, answer: Any, state: str) -> None:
    proxy = FakeAsyncProxy(answer)

    async def get_async_conn(_: MwaaCliProxyHook) -> FakeAsyncProxy:
        return proxy

    monkeypatch.setattr(MwaaCliProxyHook, "get_async_conn", get_async_conn)
    deadline = time.time() + 60
    trigger = RemoteDagRunTrigger(
        conn_id="c", environment=None, dag_id="d", run_id="r", deadline=deadline, may_appear=True
    )

    async def collect() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    (event,) = asyncio.run(collect())
    assert event["state"] == state
    assert event["run_id"] == "r"
    assert event["try_number"] == 1
    assert 50 < proxy.waits[0]["timeout"] <= 60
    assert proxy.waits[0]["appearance_timeout"] == proxy.waits[0]["timeout"]


class ConnectionOfATriggerer:
    """As in the triggerer of Airflow 3.0: it cannot be read in the event loop."""

    host = API
    port = None
    password = None

    @property
    def extra_dejson(self) -> dict[str, str]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return {"environment": "analytics-prod"}


def test_an_asynchronous_client_is_created_in_the_triggerer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_connection(_: str) -> ConnectionOfATriggerer:
        return ConnectionOfATriggerer()

    monkeypatch.setattr("mwaa_cli_proxy.airflow.hook._read_connection", read_connection)
    assert asyncio.run(MwaaCliProxyHook().get_async_conn()).environment == "analytics-prod"
