"""How the caller authenticates."""

from __future__ import annotations

import random
import string
import subprocess
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import botocore.auth
import botocore.credentials
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from conftest import API, KEYS, Server

from mwaa_cli_proxy import Proxy, SettingsError
from mwaa_cli_proxy._sign_request import sign_request
from mwaa_cli_proxy._signing import StaticCredentials

ENVIRONMENT = "prod"


def sign_with_botocore(
    method: str, url: str, headers: dict[str, str], body: bytes, token: str | None, now: datetime
) -> str:
    class SigV4Auth(botocore.auth.SigV4Auth):  # type: ignore[misc]
        def _modify_request_before_signing(self, request: Any) -> None:
            request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
            super()._modify_request_before_signing(request)

        def add_auth(self, request: Any) -> None:
            self._modify_request_before_signing(request)
            canonical_request = self.canonical_request(request)
            to_sign = self.string_to_sign(request, canonical_request)
            self._inject_signature_to_request(request, self.signature(to_sign, request))

    request = AWSRequest(method, url, headers, body)
    credentials = botocore.credentials.Credentials("AKIDEXAMPLE", "secret", token)
    SigV4Auth(credentials, "execute-api", "eu-west-1").add_auth(request)
    return str(request.headers["Authorization"])


def test_signs_like_botocore() -> None:
    chance = random.Random(18)
    characters = string.printable[:95] + "éß漢🙂"

    def text(most: int) -> str:
        return "".join(chance.choice(characters) for _ in range(chance.randrange(most)))

    for _ in range(300):
        port = chance.choice(["", ":443", ":8443", ":80"])
        path = "".join(f"/{quote(text(6) or 'x', safe='')}" for _ in range(chance.randrange(5))) + chance.choice(
            ["", "/"]
        )
        path = path.replace("/..", "/x").replace("/.", "/y")
        pairs = [f"{quote(text(4) or 'n', safe='')}={quote(text(6), safe='')}" for _ in range(chance.randrange(4))]
        url = f"{chance.choice(['https', 'http'])}://api.example.com{port}{path}{'?' if pairs else ''}{'&'.join(pairs)}"
        headers = {"content-type": "application/json", "idempotency-key": f"k  {chance.random()} "}
        body, token = text(40).encode(), chance.choice([None, "session/token=="])
        now = datetime.fromtimestamp(chance.randrange(2**31), timezone.utc)
        credentials = StaticCredentials("AKIDEXAMPLE", "secret", token)
        signed = sign_request("POST", url, headers, body, credentials, "eu-west-1", "execute-api", now)
        assert signed["authorization"] == sign_with_botocore("POST", url, dict(headers), body, token, now), url


class TestCredentials:
    """Where they come from."""

    @pytest.fixture
    def access_key(self, server: Server) -> Any:
        def send(**options: Any) -> str:
            Proxy(server.url, ENVIRONMENT, region="eu-west-1", **options).run(["version"])
            return server.requests[-1].headers["authorization"].split("Credential=")[1].split("/")[0]

        return send

    @pytest.fixture
    def aws_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        credentials = tmp_path / "credentials"
        credentials.write_text(
            "[default]\naws_access_key_id = OF-DEFAULT\naws_secret_access_key = x\n"
            "[team]\naws_access_key_id = OF-TEAM\naws_secret_access_key = x\n"
        )
        config = tmp_path / "aws-config"
        config.write_text("[default]\nregion = eu-north-1\n[profile team]\nregion = eu-south-1\n[profile empty]\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        return tmp_path

    def test_variables(self, access_key: Any, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OF-VARIABLES")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
        assert access_key() == "OF-VARIABLES"
        assert server.requests[-1].headers["x-amz-security-token"] == "session"

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"])
    @pytest.mark.parametrize("value", ["seen\n", "seen\r\nx: y", "seen\u2028"])
    def test_characters_that_cannot_be_sent(
        self, access_key: Any, monkeypatch: pytest.MonkeyPatch, server: Server, name: str, value: str
    ) -> None:
        for variable, text in {**KEYS, name: value}.items():
            monkeypatch.setenv(variable, text)
        with pytest.raises(SettingsError, match="has characters that") as raised:
            access_key()
        assert "seen" not in "".join(traceback.format_exception(raised.value))
        assert server.requests == []

    @pytest.mark.usefixtures("aws_files")
    def test_the_default_profile(self, access_key: Any) -> None:
        assert access_key() == "OF-DEFAULT"

    @pytest.mark.usefixtures("aws_files")
    def test_a_profile_takes_precedence_over_variables(self, access_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        assert access_key(aws_profile="team") == "OF-TEAM"

    @pytest.mark.usefixtures("aws_files")
    def test_a_profile_of_the_settings(self, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
        settings = {**KEYS, "AWS_PROFILE": "team", "MWAA_CLI_PROXY_URL": server.url, "MWAA_ENVIRONMENT": ENVIRONMENT}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        Proxy.from_settings().run(["version"])
        assert "Credential=OF-TEAM/" in server.requests[-1].headers["authorization"]
        assert "/eu-south-1/execute-api/" in server.requests[-1].headers["authorization"]

    def test_a_process(self, access_key: Any, aws_files: Path) -> None:
        script = aws_files / "issue.py"
        script.write_text(
            'print(\'{"Version": 1, "AccessKeyId": "OF-PROCESS", "SecretAccessKey": "x", "SessionToken": "y"}\')'
        )
        (aws_files / "aws-config").write_text(f"[profile issued]\ncredential_process = {sys.executable} {script}\n")
        assert access_key(aws_profile="issued") == "OF-PROCESS"

    @pytest.mark.parametrize(
        "source",
        [
            botocore.credentials.Credentials("GIVEN", "x"),
            botocore.credentials.Credentials("GIVEN", "x").get_frozen_credentials(),
            lambda: botocore.credentials.Credentials("GIVEN", "x"),
        ],
        ids=["credentials", "frozen", "a function"],
    )
    def test_given_ones(self, access_key: Any, source: Any) -> None:
        assert access_key(credentials=source) == "GIVEN"

    def test_a_given_session(self, access_key: Any) -> None:
        session = botocore.session.Session()
        session.set_credentials("OF-SESSION", "x")
        assert access_key(credentials=session) == "OF-SESSION"

    def test_a_function_is_called_for_each_request(self, access_key: Any, server: Server) -> None:
        keys = iter(["FIRST", "SECOND"])
        proxy = Proxy(
            server.url, ENVIRONMENT, region="x", credentials=lambda: botocore.credentials.Credentials(next(keys), "x")
        )
        for expected in ("FIRST", "SECOND"):
            proxy.run(["version"])
            assert f"Credential={expected}/" in server.requests[-1].headers["authorization"]

    def test_none(self, server: Server) -> None:
        with pytest.raises(SettingsError, match=r"No AWS credentials were found .*aws sso login"):
            Proxy(server.url, ENVIRONMENT, region="eu-west-1").run(["version"])
        assert server.requests == []

    @pytest.mark.usefixtures("aws_files")
    @pytest.mark.parametrize("profile", ["missing", "empty"])
    def test_a_profile_without_any(self, server: Server, profile: str) -> None:
        with pytest.raises(SettingsError, match=f"The AWS profile {profile} has no usable credentials"):
            Proxy(server.url, ENVIRONMENT, region="eu-west-1", aws_profile=profile).run(["version"])


class TestRegion:
    @pytest.mark.parametrize(
        ("variables", "options", "expected"),
        [
            ({"AWS_REGION": "us-east-1"}, {}, "eu-west-1"),
            ({}, {"region": "us-east-2"}, "us-east-2"),
        ],
    )
    def test_of_an_api_gateway(
        self, variables: dict[str, str], options: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert Proxy(API, ENVIRONMENT, **options)._session._authenticator.region == expected  # type: ignore[attr-defined, arg-type]

    def test_of_another_host(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SettingsError, match="Set AWS_REGION to the region of the API"):
            Proxy(server.url, ENVIRONMENT)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        Proxy(server.url, ENVIRONMENT)


class TestToken:
    def test_is_sent_instead_of_a_signature(self, server: Server) -> None:
        Proxy(server.url, ENVIRONMENT, token="a.b.c").run(["version"])
        [request] = server.requests
        assert request.path == "/v1/oidc/environments/prod/cli"
        assert request.headers["authorization"] == "Bearer a.b.c"
        assert "x-amz-date" not in request.headers

    def test_sources_are_read_for_each_request(self, server: Server, tmp_path: Path) -> None:
        file = tmp_path / "token"
        values = iter(["first", "second"])
        sources: list[dict[str, Any]] = [
            {"token": lambda: next(values)},
            {"token_file": file},
            {"token_command": f"cat {file}"},
        ]
        for source in sources:
            proxy = Proxy(server.url, ENVIRONMENT, **source)
            for expected in ("first", "second"):
                file.write_text(f"{expected}\n")
                proxy.run(["version"])
                assert server.requests[-1].headers["authorization"] == f"Bearer {expected}"

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ({"token": ""}, "The token is empty"),
            ({"token": "geheim\nx"}, "characters that a token cannot have"),
            ({"token": "gehé"}, "characters that a token cannot have"),
            ({"token_file": "/nowhere/token"}, r"token file \(MWAA_CLI_PROXY_TOKEN_FILE\) cannot be read"),
            ({"token_command": "echo not logged in >&2; exit 4"}, r"failed: not logged in"),
            ({"token_command": "exit 4"}, r"failed: exit code 4"),
            ({"token_command": "true"}, "The token is empty"),
        ],
    )
    def test_errors_do_not_show_it(self, server: Server, source: dict[str, str], message: str) -> None:
        with pytest.raises(SettingsError, match=message) as raised:
            Proxy(server.url, ENVIRONMENT, **source).run(["version"])  # type: ignore[arg-type]
        assert "geh" not in str(raised.value)
        assert server.requests == []

    def test_is_one_way_to_authenticate(self) -> None:
        with pytest.raises(SettingsError, match="either a token or AWS credentials"):
            Proxy(API, ENVIRONMENT, token="x", aws_profile="y")
        with pytest.raises(SettingsError, match="pass one of"):
            Proxy(API, ENVIRONMENT, token="x", token_command="y")


def test_botocore_is_loaded_only_if_it_is_needed(server: Server) -> None:
    script = (
        "import sys; from mwaa_cli_proxy import Proxy; "
        f"Proxy({server.url!r}, 'prod', region='x').run(['version']); "
        f"Proxy({server.url!r}, 'prod', token='x').run(['version']); "
        "sys.exit('botocore' in sys.modules or 'asyncio' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], env={**KEYS, "PYTHONPATH": ":".join(sys.path)}, check=True)
