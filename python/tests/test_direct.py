"""MWAA without a proxy."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, Answer, Server, disconnect, ok

from mwaa_cli_proxy import ProblemError, SettingsError
from mwaa_cli_proxy._http import HttpResponse
from mwaa_cli_proxy.direct import (
    DirectAirflow,
    _Token,
    decode_streams,
    get_token_origin,
    is_mwaa_host,
    render_command_line,
)

HOST = "c4b7.c9.eu-west-1.airflow.amazonaws.com"


class PlainDirectAirflow(DirectAirflow):
    """Without TLS, so that a network proxy can play all hosts."""

    def _get_origin(self, hostname: str) -> str:
        return f"http://{hostname}"


@pytest.fixture
def airflow(server: Server, monkeypatch: pytest.MonkeyPatch) -> DirectAirflow:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_MWAA", "http://mwaa.test")
    monkeypatch.setattr("mwaa_cli_proxy.direct.FIRST_TOKEN_PAUSE", 0)
    return PlainDirectAirflow("Prod", region="eu-west-1")


def token(text: str = "token", hostname: str | None = HOST) -> Answer:
    return ok({"CliToken": text, "WebServerHostname": hostname})


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def streams(stdout: str, stderr: str = "", status: int = 200, **members: Any) -> Answer:
    return ok({"stdout": encode(stdout), "stderr": encode(stderr), **members}, status)


def test_gets_a_token_and_posts_the_command_line(airflow: DirectAirflow, server: Server) -> None:
    server.answer(token(), streams("[é]", "warning"))
    result = airflow.run(["dags", "trigger", "a b", "--conf", {"day": "it's"}, 7])
    [issued, posted] = server.requests
    assert "/eu-west-1/airflow/aws4_request" in issued.headers["authorization"]
    assert (issued.method, issued.path) == ("POST", "http://env.mwaa.test/clitoken/Prod")
    assert (posted.method, posted.path) == ("POST", f"http://{HOST}/aws_mwaa/cli")
    assert posted.headers["authorization"] == "Bearer token"
    assert posted.headers["content-type"] == "text/plain"
    assert posted.body.decode() == """dags trigger 'a b' --conf '{"day":"it'"'"'s"}' 7""" == result.command_line
    assert (result.outcome, result.stdout, result.stderr, result.returncode) == ("unverified", "[é]", "warning", None)


@pytest.mark.parametrize(
    ("members", "status", "outcome"),
    [
        ({}, 200, "unverified"),
        ({}, 400, "unverified"),
        ({"returncode": None}, 200, "unverified"),
        ({"returncode": 0}, 200, "succeeded"),
        ({"returncode": 1}, 200, "failed"),
        ({"returncode": -9}, 200, "failed"),
        ({"returncode": 2}, 400, "failed"),
        ({"returncode": 0}, 400, "unverified"),
    ],
)
def test_judges_only_by_an_exit_code(
    airflow: DirectAirflow, server: Server, members: dict[str, Any], status: int, outcome: str
) -> None:
    server.answer(token(), streams("Success!", status=status, **members))
    assert airflow.run(["dags", "trigger", "x"]).outcome == outcome


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"stdout": encode("a"), "stderr": None}, ("a", "", None)),
        ({"stdout": encode("a") + "\n", "stderr": "", "returncode": 3.0}, ("a", "", 3)),
        ({"stdout": base64.b64encode(b"\xff").decode(), "stderr": ""}, ("\ufffd", "", None)),
        ({"stdout": "a"}, None),
        ({"stdout": "!", "stderr": ""}, None),
        ({"stdout": 1, "stderr": ""}, None),
        ({"stdout": "", "stderr": "", "returncode": "0"}, None),
        ({"stdout": "", "stderr": "", "returncode": True}, None),
        ({"stdout": "", "stderr": "", "returncode": 0.5}, None),
        ([], None),
    ],
)
def test_reads_streams(body: Any, expected: Any) -> None:
    assert decode_streams(json.dumps(body).encode()) == expected


def test_keeps_the_token_for_most_of_its_life(
    airflow: DirectAirflow, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("mwaa_cli_proxy.direct.time.monotonic", lambda: now)
    server.answer(token("first"), streams("1"), streams("2"), token("second"), streams("3"))
    for later in (0, 44, 2):
        now += later
        airflow.run(["version"])
    sent = [request.headers["authorization"] for request in server.requests if "aws_mwaa" in request.path]
    assert sent == ["Bearer first", "Bearer first", "Bearer second"]


#: What the web server answers, whether the command only reads, the problem, and what it says.
ROWS: list[tuple[Answer, bool, str, str]] = [
    ((503, {}, b"<html>"), False, "airflow-busy", "Nothing was run."),
    ((403, {}, b"{}"), False, "command-refused", "Nothing was run."),
    ((401, {}, b""), False, "command-refused", "Nothing was run."),
    ((500, {}, b'{"message": "sub command not allowed"}'), False, "command-refused", "Nothing was run."),
    ((500, {}, b"oops"), False, "outcome-unknown", "MWAA returned HTTP 500"),
    ((502, {}, b"oops"), False, "outcome-unknown", "MWAA returned HTTP 502"),
    ((504, {}, b"oops"), True, "airflow-error", "The command changes nothing"),
    ((200, {}, b"<html>"), False, "outcome-unknown", "the response could not be read"),
    ((302, {"location": "/x"}, b""), False, "outcome-unknown", "MWAA returned HTTP 302"),
    (streams("x", status=500), False, "outcome-unknown", "MWAA returned HTTP 500"),
    (streams("x", status=503), False, "outcome-unknown", "MWAA returned HTTP 503"),
    (disconnect, False, "outcome-unknown", "Check in Airflow"),
    (disconnect, True, "airflow-error", "The command changes nothing"),
    ((307, {"location": "https://elsewhere.example.com/aws_mwaa/cli/"}, b""), False, "redirect-refused", "elsewhere"),
    ((307, {"location": f"http://{HOST}:8080/x"}, b""), False, "redirect-refused", "Nothing was run."),
    ((307, {"location": "http://["}, b""), False, "redirect-refused", "an invalid address"),
    ((308, {"location": "/aws_mwaa/cli"}, b""), False, "redirect-refused", "a second time"),
]


@pytest.mark.parametrize(("answer", "is_read_only", "code", "text"), ROWS)
def test_tells_what_did_not_run_from_what_may_have_run(
    airflow: DirectAirflow, server: Server, answer: Answer, is_read_only: bool, code: str, text: str
) -> None:
    server.answer(token(), answer)
    with pytest.raises(ProblemError) as raised:
        airflow.run(["version"] if is_read_only else ["dags", "trigger", "x"])
    assert raised.value.code == code
    assert text in raised.value.detail
    assert raised.value.outcome_unknown is (code == "outcome-unknown")
    assert raised.value.retry_safe is (code != "outcome-unknown")
    posts = [request for request in server.requests if "aws_mwaa" in request.path]
    assert len(posts) == (2 if "second" in text else 1)


def test_follows_the_redirect_of_airflow_3_once(airflow: DirectAirflow, server: Server) -> None:
    server.answer(token(), (307, {"location": "/aws_mwaa/cli/?x=1"}, b""), streams("3.0.6"))
    assert airflow.run(["version"]).stdout == "3.0.6"
    assert server.requests[-1].path == f"http://{HOST}/aws_mwaa/cli/?x=1"
    assert server.requests[-1].body == b"version"


def test_a_rejected_token_is_not_used_again(airflow: DirectAirflow, server: Server) -> None:
    server.answer(token("first"), (403, {}, b""), token("second"), streams("x"))
    with pytest.raises(ProblemError, match="command or its token"):
        airflow.run(["version"])
    airflow.run(["version"])
    assert server.requests[-1].headers["authorization"] == "Bearer second"


def error(status: int, name: str) -> Answer:
    return status, {"x-amzn-errortype": name}, b'{"message": "arn:aws:secret"}'


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error(404, "ResourceNotFoundException"), "no-such-environment"),
        (error(403, "AccessDeniedException"), "token-not-permitted"),
        (error(403, "ExpiredTokenException"), "token-not-permitted"),
        (error(403, "ExpiredTokenException:http://internal.amazon.com/"), "token-not-permitted"),
        (ok({"__type": "com.amazon.coral#ThrottlingException"}, 400), "token-throttled"),
        (error(418, "OtherException"), "environment-not-available"),
        ((503, {}, b"<html>"), "environment-not-available"),
        ((200, {}, b"<html>"), "environment-not-available"),
        (token("", HOST), "environment-not-available"),
        (token("x", None), "environment-not-available"),
        (token("x", "evil.example.com"), "host-refused"),
    ],
)
def test_without_a_token_nothing_is_sent(airflow: DirectAirflow, server: Server, answer: Answer, code: str) -> None:
    server.answer(answer)
    with pytest.raises(ProblemError) as raised:
        airflow.run(["dags", "trigger", "x"])
    assert raised.value.code == code
    assert "Nothing was run." in raised.value.detail
    assert "arn:" not in raised.value.detail
    assert all("clitoken" in request.path for request in server.requests)


def test_a_network_without_mwaa(airflow: DirectAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with pytest.raises(ProblemError, match="The MWAA API cannot be reached") as raised:
        PlainDirectAirflow("Prod", region="eu-west-1").run(["version"])
    assert raised.value.code == "token-unreachable"


def test_a_web_server_of_a_custom_domain(airflow: DirectAirflow, server: Server) -> None:
    server.answer(token("x", "other.example.com"), streams("x"))
    PlainDirectAirflow("Prod", region="eu-west-1", web_server_hostname="airflow.example.com").run(["version"])
    assert server.requests[-1].path == "http://airflow.example.com/aws_mwaa/cli"


def test_a_token_is_requested_again_if_that_may_help(airflow: DirectAirflow, server: Server) -> None:
    server.answer(disconnect, error(429, "ThrottlingException"), token(), streams("x"))
    assert airflow.run(["version"]).stdout == "x"


@pytest.mark.parametrize(
    ("region", "endpoint", "origin"),
    [
        ("eu-west-1", "", "https://env.airflow.eu-west-1.amazonaws.com"),
        ("cn-north-1", "", "https://env.airflow.cn-north-1.amazonaws.com.cn"),
        ("eu-west-1", "https://vpce-1.airflow.example.com:8443", "https://env.vpce-1.airflow.example.com:8443"),
    ],
)
def test_finds_the_api(region: str, endpoint: str, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_MWAA", endpoint)
    assert get_token_origin(region) == origin


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="Set AWS_REGION"):
        DirectAirflow("Prod")
    with pytest.raises(SettingsError, match="No AWS credentials were found"):
        DirectAirflow("Prod", region="eu-west-1").run(["version"])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (HOST, True),
        (HOST.upper(), True),
        ("abc.vpce.airflow.eu-west-1.on.aws", True),
        ("abc.c9.cn-north-1.airflow.amazonaws.com.cn", True),
        ("evil.example.com", False),
        ("airflow.amazonaws.com", False),
        ("x.s3.eu-west-1.amazonaws.com", False),
        (f"{HOST}.example.com", False),
        (f"{HOST}\n", False),
    ],
)
def test_knows_the_hosts_of_mwaa(host: str, expected: bool) -> None:
    assert is_mwaa_host(host) is expected


def test_quotes_each_word() -> None:
    assert render_command_line(["a", "", "b c", "$x", "'", [1]]) == """a '' 'b c' '$x' ''"'"'' '[1]'"""


TRANSCRIPTS = sorted((Path(__file__).parents[2] / "local" / "airflow" / "transcripts").glob("*.json"))


def read_transcript(file: Path) -> Iterator[tuple[str, str, int]]:
    """The streams and the exit code of each recorded command."""
    transcript = json.loads(file.read_text("utf-8"))

    def expand(piece: Any) -> str:
        if isinstance(piece, dict):
            return "".join(piece["like"][index % len(piece["like"])] for index in range(piece["elidedLines"]))
        return piece if isinstance(piece, str) else str(transcript["lines"][piece])

    for command in transcript["recorded"]:
        stdout, stderr = ("".join(map(expand, command[name])) for name in ("stdout", "stderr"))
        yield stdout, stderr, -9 if command["exitCode"] is None else command["exitCode"]


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: str(file.stem))
def test_the_outcome_of_no_recorded_command_is_wrong(airflow: DirectAirflow, file: Path) -> None:
    outcomes: list[tuple[str, str]] = []
    for stdout, stderr, exit_code in read_transcript(file):
        for members in ({}, {"returncode": exit_code}):
            _, _, body = streams(stdout, stderr, **members)  # type: ignore[misc]
            result = airflow._read(HttpResponse(200, {}, body), _Token("x", HOST, 0), "x", False)
            assert (result.stdout, result.stderr) == (stdout, stderr)
            outcomes.append((result.outcome, "succeeded" if exit_code == 0 else "failed"))
    assert {outcome for outcome, _ in outcomes} == {"succeeded", "failed", "unverified"}
    assert [(outcome, truth) for outcome, truth in outcomes if outcome not in (truth, "unverified")] == []
