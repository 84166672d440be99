"""Variables and profiles."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import API, KEYS

from mwaa_cli_proxy import Proxy, SettingsError
from mwaa_cli_proxy._settings import Settings, load_settings

PROFILES = f"""
default: daily
profiles:
  daily: {{ url: "{API}", environment: prod }}
  tokens: {{ url: "{API}", environment: prod, tokenCommand: "printf fresh" }}
  home: {{ url: "https://airflow.example.com", environment: prod, region: eu-north-1 }}
  core: {{ url: "{API}", environment: no, airflowVersion: 2.10.3, token: 2026-11-22 }}
"""


def load(tmp_path: Path, profiles: str, variables: dict[str, str], profile: str | None = None) -> Settings:
    (tmp_path / "mwaa-cli-proxy").mkdir(exist_ok=True)
    (tmp_path / "mwaa-cli-proxy" / "profiles.yaml").write_text(profiles)
    return load_settings(profile, {"XDG_CONFIG_HOME": str(tmp_path), **variables})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {"environment": "prod", "url": API, "stream_mode": "quiet", "wait_seconds": None}),
        ({"MWAA_ENVIRONMENT": "next"}, {"environment": "next", "url": API}),
        ({"MWAA_ENVIRONMENT": ""}, {"environment": "prod"}),
        ({"MWAA_CLI_PROXY_PROFILE": "home"}, {"region": "eu-north-1"}),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, {"region": "us-east-1"}),
        ({"MWAA_CLI_PROXY_WAIT": "0"}, {"wait_seconds": 0}),
        ({"MWAA_CLI_PROXY_STDERR": "raw"}, {"stream_mode": "raw"}),
        ({"AWS_PROFILE": "x"}, {"aws_profile": "x"}),
        ({"MWAA_CLI_PROXY_PROFILE": "tokens"}, {"token_command": "printf fresh", "token": None}),
        ({"MWAA_CLI_PROXY_PROFILE": "tokens", "MWAA_CLI_PROXY_TOKEN": "x"}, {"token": "x", "token_command": None}),
        # YAML 1.2.
        (
            {"MWAA_CLI_PROXY_PROFILE": "core"},
            {"environment": "no", "airflow_version": "2.10.3", "token": "2026-11-22"},
        ),
    ],
)
def test_loads_settings(tmp_path: Path, variables: dict[str, str], expected: dict[str, object]) -> None:
    settings = load(tmp_path, PROFILES, variables)
    assert {name: getattr(settings, name) for name in expected} == expected


def test_a_given_profile_takes_precedence_over_the_variable(tmp_path: Path) -> None:
    assert load(tmp_path, PROFILES, {"MWAA_CLI_PROXY_PROFILE": "daily"}, "home").region == "eu-north-1"


@pytest.mark.parametrize(
    ("profiles", "variables", "message"),
    [
        ("", {"MWAA_ENVIRONMENT": "prod", "MWAA_CLI_PROXY_TOKEN": "x"}, "MWAA_CLI_PROXY_TOKEN is set, but MWAA_CLI_P"),
        ("", {"MWAA_CLI_PROXY_URL": API}, "Set MWAA_ENVIRONMENT to the name of the environment."),
        ("", {}, "MWAA_CLI_PROXY_URL, the address of the API, is not set either."),
        (PROFILES, {"MWAA_CLI_PROXY_STDERR": "none"}, 'is "none". Set it to one of quiet, all, raw.'),
        (PROFILES, {"MWAA_CLI_PROXY_WAIT": "1m"}, 'is "1m". Set it to a number of seconds'),
        (PROFILES, {"MWAA_CLI_PROXY_WAIT": "٣"}, "Set it to a number of seconds"),
        (
            PROFILES,
            {"MWAA_CLI_PROXY_PROFILE": "prod"},
            "has no profile prod. Available profiles: daily, tokens,",
        ),
        (PROFILES, {"MWAA_CLI_PROXY_PROFILE": ""}, "has no profile ."),
        ("default: a\nprofiles: { a: { adress: x } }", {}, "unknown key adress"),
        ("default: a\nprofiles: { a: { environment: 1 } }", {}, "environment of profile a must be a string"),
        ("default: a\nprofiles: { a: { environment: true } }", {}, "environment of profile a must be a string"),
        ("default: a\nprofiles: { a: { environment: ~ } }", {}, "environment of profile a must be a string"),
        ("default: a\nprofiles: { a: { url: x, url: y } }", {}, "repeated key url"),
        ("default: a\nprofiles: { a: { <<: { url: x } } }", {}, "unknown key <<"),
        ("profiles: {", {}, "profiles.yaml cannot be read"),
        ("profiles: !!python/name:os.system x", {}, "profiles.yaml cannot be read"),
        ("- a", {}, "profiles.yaml must be a YAML mapping"),
    ],
)
def test_rejects(tmp_path: Path, profiles: str, variables: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, profiles, variables)
    assert message in str(raised.value)


def test_rejects_a_selected_profile_if_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MWAA_CLI_PROXY_PROFILE is daily, but .* does not exist"):
        load_settings("daily", {"XDG_CONFIG_HOME": str(tmp_path / "nowhere")})


def test_without_pyyaml_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SettingsError, match=r"needs PyYAML: pip install 'mwaa-cli-proxy\[yaml\]'"):
        load(tmp_path, PROFILES, {})
    variables = {"MWAA_CLI_PROXY_URL": API, "MWAA_ENVIRONMENT": "x", "HOME": str(tmp_path / "nobody")}
    assert load_settings(None, variables).url == API


def test_a_client_from_settings(tmp_path: Path) -> None:
    variables = {**KEYS, "MWAA_CLI_PROXY_URL": API, "MWAA_ENVIRONMENT": "prod", "MWAA_CLI_PROXY_WAIT": "30"}
    proxy = Proxy.from_settings(environ={**variables, "AWS_REGION": "us-east-1"})
    assert (proxy.environment, proxy.wait_seconds) == ("prod", 30)
    # The region in the address takes precedence.
    assert proxy._session._authenticator.region == "eu-west-1"  # type: ignore[attr-defined]
    with pytest.raises(SettingsError, match=r"This command needs a proxy\. Set MWAA_CLI_PROXY_URL"):
        Proxy.from_settings(environ={**KEYS, "MWAA_ENVIRONMENT": "prod"})
