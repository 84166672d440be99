"""The hook, its links, and the metadata of the provider."""

import json
from typing import Any

import pytest

pytest.importorskip("airflow")

from mwaa_cli_proxy import SettingsError
from mwaa_cli_proxy._airflow_provider import CONNECTION_EXTRAS, get_provider_info
from mwaa_cli_proxy.airflow import MwaaCliProxyHook

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
