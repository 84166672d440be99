"""One request on the wire."""

from __future__ import annotations

import gc
import json
import math
import os
import socket
import ssl
import struct
import sys
import threading
import time
import warnings
from collections import UserList
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from conftest import RESULT, Server, disconnect, ok, problem, serve

from mwaa_cli_proxy import CommandResult, NoResponseError, ProblemError, Proxy, SettingsError
from mwaa_cli_proxy._transport import Transport, create_ssl_context


@pytest.fixture
def proxy(server: Server) -> Proxy:
    return Proxy(server.url, "prod", token="x")


def test_sends_the_words_and_returns_the_answer(proxy: Proxy, server: Server) -> None:
    server.answer(ok({**RESULT, "runId": "r", "command": ["dags"], "queuedMs": 3, "later": True}))
    result = proxy.run(["dags", "trigger", "ä b", "--conf", {"day": "é"}, 7])
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v1/oidc/environments/prod/cli")
    assert request.json == {"argv": ["dags", "trigger", "ä b", "--conf", {"day": "é"}, 7], "format": "json"}
    assert "é".encode() in request.body
    assert isinstance(result, CommandResult)
    assert (result.outcome, result.output, result.run_id, result.queued_ms) == ("succeeded", [1], "r", 3)
    assert result.raw["later"] is True


def test_percent_encodes_names_and_ids(server: Server) -> None:
    server.answer(ok({"state": "running", "startedAt": "now"}))
    state = Proxy(server.url, "a/b c", token="x").run_state("d+é", "manual__2026-11-22T00:00:00+00:00 a/b~")
    assert server.requests[0].path == (
        "/v1/oidc/environments/a%2Fb%20c/run?dagId=d%2B%C3%A9&runId=manual__2026-11-22T00%3A00%3A00%2B00%3A00%20a%2Fb~"
    )
    assert (state.dag_id, state.state, state.started_at, state.ended_at) == ("d+é", "running", "now", None)


def test_words_that_are_not_utf_8_arrive_as_json(proxy: Proxy, server: Server) -> None:
    proxy.run(["variables", "set", "x", os.fsdecode(b"\xff")])
    assert server.requests[0].json["argv"][3] == "\udcff"


def test_reads_numbers_and_large_answers_as_they_are(proxy: Proxy, server: Server) -> None:
    text = "é" * 3_000_000
    server.answer((200, {}, json.dumps({**RESULT, "output": 2**63 + 1, "stdout": text}, ensure_ascii=False).encode()))
    result = proxy.run(["version"])
    assert result.output == 2**63 + 1
    assert result.stdout == text


def test_reads_integers_of_any_length(proxy: Proxy, server: Server) -> None:
    """Python's own reader of JSON refuses those of more than 4300 digits."""
    server.answer((200, {}, b'{"outcome": "succeeded", "output": {"value": -' + b"7" * 5000 + b"}}"))
    assert proxy.run(["variables", "get", "x"]).output == {"value": -math.inf}


def test_words_of_other_types(proxy: Proxy, server: Server) -> None:
    words = ["dags", "trigger", "x", "--conf", MappingProxyType({"days": UserList([1, range(2)])})]
    proxy.run(word for word in words)  # type: ignore[arg-type]
    assert server.requests[0].json["argv"][4] == {"days": [1, [0, 1]]}


@pytest.mark.parametrize(
    "argv", ["dags list", b"dags list", ["variables", "set", "x", object()], ["x", float("nan")], [{"x": {1, 2}}]]
)
def test_words_that_cannot_be_sent(proxy: Proxy, server: Server, argv: Any) -> None:
    for call in (proxy.run, proxy.explain):
        with pytest.raises((TypeError, ValueError)) as raised:
            call(argv)
        assert raised.value.__cause__ is None
    assert server.requests == []


def test_a_repeat_has_the_words_of_the_first_request(proxy: Proxy, server: Server, no_pauses: list[float]) -> None:
    conf = {"day": 1}

    def change(connection: socket.socket) -> None:
        conf["day"] = 2
        disconnect(connection)

    server.answer(change, ok(RESULT))
    proxy.run(["dags", "trigger", "x", "--conf", conf], idempotency_key="k")
    first, second = server.requests
    assert first.body == second.body


@pytest.mark.parametrize("body", [{}, {"outcome": None, "state": 1}, {"message": "ok"}])
def test_an_answer_without_an_outcome_is_not_from_the_proxy(proxy: Proxy, server: Server, body: Any) -> None:
    server.answer(ok(body))
    for call in (lambda: proxy.run(["version"]), lambda: proxy.run_state("d", "r"), proxy.environments, proxy.commands):
        with pytest.raises(ProblemError, match="not from the proxy"):
            call()


def test_does_not_follow_redirects(proxy: Proxy, server: Server) -> None:
    server.answer((307, {"location": server.url, "content-length": "0"}, b""))
    with pytest.raises(ProblemError, match=r"\(HTTP 307\) is not from the proxy"):
        proxy.run(["version"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("environment", ["", None])
def test_an_environment_is_required(environment: Any) -> None:
    with pytest.raises(SettingsError, match=r"^No environment is set"):
        Proxy("http://127.0.0.1:1", environment, token="x")


def test_ids_that_are_not_unicode(proxy: Proxy, server: Server) -> None:
    with pytest.raises(ValueError, match=r"not valid Unicode: 'a\\udcff', 'b'"):
        proxy.run_state("a\udcff", "b")
    assert not server.requests


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def send(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


class TestLostConnections:
    @pytest.mark.parametrize(
        "answer",
        [
            disconnect,
            reset,
            send(b"garbage\r\n\r\n"),
            send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}"),
            send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}"),
            send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}"),
            send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n{}"),
            send(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999999999\r\n\r\n{}"),
            send(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"),
            send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
        ],
        ids=[
            "closed",
            "reset",
            "no HTTP",
            "cut body",
            "cut chunk",
            "no chunk",
            "length of no integer",
            "length of no memory",
            "early hints",
            "another protocol",
        ],
    )
    def test_after_the_request_the_outcome_is_unknown(self, proxy: Proxy, server: Server, answer: Any) -> None:
        server.answer(answer)
        with pytest.raises(NoResponseError, match="The command may have run") as raised:
            proxy.run(["dags", "trigger", "x"])
        assert raised.value.request_sent
        assert raised.value.outcome_unknown
        assert isinstance(raised.value.__cause__, Exception)
        assert len(server.requests) == 1

    def test_before_the_request_nothing_ran(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with pytest.raises(NoResponseError) as raised:
            Proxy(f"http://127.0.0.1:{port}/v1", "prod", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent
        assert not raised.value.outcome_unknown
        assert "may have run" not in str(raised.value)

    def test_an_unknown_host_is_not_sent_anything(self) -> None:
        with pytest.raises(NoResponseError) as raised:
            Proxy("https://no-such-host.invalid", "prod", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent

    def test_a_tls_handshake_that_fails_is_not_a_request(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=lambda: reset(listener.accept()[0]), daemon=True).start()
            with pytest.raises(NoResponseError) as raised:
                Proxy(f"https://127.0.0.1:{listener.getsockname()[1]}", "x", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent

    def test_no_response_in_time(self, server: Server) -> None:
        server.answer(lambda _: threading.Event().wait(2))
        with pytest.raises(NoResponseError, match="timed out") as raised:
            Proxy(server.url, "prod", token="x", read_timeout=0.1).run(["dags", "trigger", "x"])
        assert raised.value.outcome_unknown

    @pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n"], ids=["headers", "body"])
    @pytest.mark.parametrize("limit", ["client", "call"])
    def test_no_complete_response_in_time(self, server: Server, start: bytes, limit: str) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(start or b"HTTP/1.1 200 OK\r\nx: ")
            with suppress(OSError):
                for _ in range(40):
                    time.sleep(0.05)
                    connection.sendall(b"x")

        server.answer(drip)
        proxy = Proxy(server.url, "prod", token="x", read_timeout=0.3 if limit == "client" else 300)
        started = time.monotonic()
        with pytest.raises(NoResponseError, match="timed out") as raised:
            proxy.run(["dags", "trigger", "x"], timeout=0.3 if limit == "call" else None)
        assert time.monotonic() - started < 1
        assert raised.value.outcome_unknown

    def test_a_trigger_with_a_key_is_sent_until_it_is_answered(
        self, proxy: Proxy, server: Server, no_pauses: list[float]
    ) -> None:
        server.answer(disconnect, problem("gateway-timeout"), disconnect, ok(RESULT))
        proxy.run(["dags", "trigger", "x"], idempotency_key="k")
        assert len(no_pauses) == 3
        assert {request.headers["idempotency-key"] for request in server.requests} == {"k"}


class TestConnections:
    """Which requests share one."""

    def test_commands_that_only_read(self, proxy: Proxy, server: Server) -> None:
        for _ in range(3):
            proxy.run(["version"])
        assert len({request.client_port for request in server.requests}) == 1

    def test_not_a_command_that_changes_something(self, proxy: Proxy, server: Server) -> None:
        """If the server closed the connection at this moment, its outcome would be unknown."""
        proxy.run(["version"])
        proxy.run(["dags", "trigger", "x"])
        assert len({request.client_port for request in server.requests}) == 2

    def test_not_after_the_server_has_closed_it(self, proxy: Proxy, server: Server) -> None:
        server.answer(ok(RESULT, connection="close"), ok(RESULT))
        proxy.run(["version"])
        proxy.run(["version"])
        assert len({request.client_port for request in server.requests}) == 2

    @pytest.mark.parametrize(
        ("header", "shared"),
        [("timeout=1", False), ("max=5, timeout=30", True), ("timeout=\xb2", True), ("timeout=" + "9" * 5000, True)],
    )
    def test_as_long_as_the_server_says(self, proxy: Proxy, server: Server, header: str, shared: bool) -> None:
        server.answer(ok(RESULT, keep_alive=header))
        proxy.run(["version"])
        proxy.run(["version"])
        assert (len({request.client_port for request in server.requests}) == 1) is shared

    def test_an_answer_that_is_not_final_is_skipped(self, proxy: Proxy, server: Server) -> None:
        late = b'{"outcome": "succeeded", "stdout": "late"}'

        def hint(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            time.sleep(0.2)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(late), late))

        server.answer(hint, ok(RESULT))
        assert proxy.run(["version"]).stdout == "late"
        assert proxy.run(["version"]).stdout == "[1]"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_not_with_a_parent_process(self, proxy: Proxy, server: Server) -> None:
        proxy.run(["version"])
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            proxy.run(["version"])
            os.write(write, b"done")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 4) == b"done"
        os.close(read)
        os.close(write)
        proxy.run(["version"])
        ports = [request.client_port for request in server.requests]
        assert ports[0] == ports[2] != ports[1]

    def test_many_threads_at_once(self, proxy: Proxy, server: Server) -> None:
        threads = [threading.Thread(target=proxy.run, args=(["version"],)) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 40


class TestNetworkProxies:
    def test_plain_http_goes_through_it(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", server.url.replace("http://", "http://jo:p%40ss@").replace("/v1", ""))
        Proxy("http://api.example.com/v1", "prod", token="x").run(["version"])
        [request] = server.requests
        assert request.path == "http://api.example.com/v1/oidc/environments/prod/cli"
        assert request.headers["host"] == "api.example.com"
        assert request.headers["proxy-authorization"] == "Basic am86cEBzcw=="

    def test_https_asks_for_a_tunnel(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", server.url.replace("/v1", ""))
        server.answer((407, {}, b""))
        with pytest.raises(NoResponseError, match="407") as raised:
            Proxy("https://api.example.com/v1", "prod", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent
        [request] = server.requests
        assert (request.method, request.path) == ("CONNECT", "api.example.com:443")
        assert "authorization" not in request.headers
        # Python 3.10 does not close the answer to CONNECT.
        del raised
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    @pytest.mark.parametrize("exempt", ["127.0.0.1", "*"])
    def test_not_for_hosts_without(self, server: Server, monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", exempt)
        Proxy(server.url, "prod", token="x").run(["version"])

    def test_one_that_is_not_reached_is_not_a_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "127.0.0.1:1")
        with pytest.raises(NoResponseError) as raised:
            Proxy("https://api.example.com/v1", "prod", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent

    @pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "http://proxy:x", "http://[x", "http://"])
    def test_only_those_that_speak_http(self, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(SettingsError, match="HTTPS_PROXY must have a URL like"):
            Proxy("https://api.example.com/v1", "prod", token="x")


class TestCertificates:
    @pytest.fixture
    def tls_server(self, tmp_path: Path) -> Iterator[tuple[str, Path]]:
        """An HTTPS server, and its certificate."""
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        openssl = os.spawnlp(
            os.P_WAIT, "openssl", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", str(key), "-out", str(certificate),
        )  # fmt: skip
        if openssl != 0:
            pytest.skip("needs openssl")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with serve(context) as played:
            yield played.url, certificate

    @pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_of_a_variable(self, tls_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        url, certificate = tls_server
        monkeypatch.setenv(variable, str(certificate))
        assert Proxy(url, "prod", token="x").run(["version"]).outcome == "succeeded"

    def test_of_the_aws_configuration(self, tls_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        url, certificate = tls_server
        config = certificate.parent / "config"
        config.write_text(f"[profile x]\nca_bundle = {certificate}\nregion = eu-west-1\n")
        (certificate.parent / "keys").write_text("[x]\naws_access_key_id = a\naws_secret_access_key = b\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(certificate.parent / "keys"))
        assert Proxy(url, "prod", aws_profile="x").run(["version"]).outcome == "succeeded"

    def test_that_are_not_trusted(self, tls_server: tuple[str, Path]) -> None:
        with pytest.raises(NoResponseError, match="certificate") as raised:
            Proxy(tls_server[0], "prod", token="x").run(["dags", "trigger", "x"])
        assert not raised.value.request_sent

    def test_of_another_host(self, tls_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        url, certificate = tls_server
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        with pytest.raises(NoResponseError, match="certificate"):
            Proxy(url.replace("localhost", "127.0.0.1"), "prod", token="x").run(["version"])

    def test_of_a_file_that_does_not_exist(self) -> None:
        with pytest.raises(SettingsError, match="CA bundle /nowhere cannot be read"):
            create_ssl_context("/nowhere")

    def test_of_botocore_where_the_system_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        paths = ssl.DefaultVerifyPaths(None, None, "", "", "", "")  # type: ignore[arg-type]
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
        monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)
        assert len(create_ssl_context(None).get_ca_certs()) > 50


@pytest.mark.parametrize(
    "url",
    ["", "abc", "ftp://x", "https://", "https://x:port", "https://x/a b", "https://x/\n", "https://ü.example.com"],
)
def test_a_url_is_checked(url: str) -> None:
    with pytest.raises(SettingsError, match="MWAA_CLI_PROXY_URL is not a valid URL"):
        Proxy(url, "prod", token="x")


@pytest.mark.parametrize("key", ["", "a b", "é", "a\n", "x" * 256])
def test_a_key_is_checked(proxy: Proxy, server: Server, key: str) -> None:
    with pytest.raises(ValueError, match="1 to 255 visible ASCII characters"):
        proxy.run(["dags", "trigger", "x"], idempotency_key=key)
    assert server.requests == []


def test_a_transport_that_is_forgotten_closes_its_connections(server: Server) -> None:
    proxy = Proxy(server.url, "prod", token="x")
    proxy.run(["version"])
    transport: Transport = proxy._session._transport
    [idle] = transport._idle
    del proxy, transport
    assert sys.getrefcount(idle) > 0
    assert idle.connection.sock is None
