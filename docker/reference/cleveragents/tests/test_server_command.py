"""The command line, and the server as a process."""

import ast
import importlib
import json
import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from importlib.metadata import entry_points, version
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import PACKAGE, serving, tcp_server
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cleveragents.cli.commands import server
from cleveragents.cli.main import main
from cleveragents.settings import LOG_LEVELS

ABSENT = {"CLEVERAGENTS_DATABASE_URL": "postgres://clever:s3cret@127.0.0.1:1/clever"}


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Take back what the command does to the process."""
    root, signals = logging.getLogger(), (signal.SIGTERM, signal.SIGINT)
    before = root.handlers[:], root.level, [signal.getsignal(each) for each in signals]
    yield
    root.handlers[:], level, handlers = before
    root.setLevel(level)
    for each, handler in zip(signals, handlers, strict=True):
        signal.signal(each, handler)


def run(*words: str, settings: dict[str, str] | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, words, env=settings or {})


def serve_arguments(monkeypatch: pytest.MonkeyPatch, *words: str, **settings: str) -> dict[str, Any]:
    """Give what the command hands to uvicorn."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "cleveragents.cli.commands.server.uvicorn_run", lambda app, **arguments: calls.append({"app": app, **arguments})
    )
    result = run("server", "serve", *words, settings={**ABSENT, **settings})
    assert (result.exit_code, len(calls)) == (0, 1), result.output
    return calls[0]


def test_s82_s135_hands_flags_to_uvicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    given = serve_arguments(monkeypatch, "--host", "127.0.0.1", "--port", "9001", "--log-level", "debug")
    config = given.pop("log_config")
    assert config["root"]["level"] == logging.DEBUG
    assert given == {
        "app": "cleveragents.a2a.asgi:app",
        "host": "127.0.0.1",
        "port": 9001,
        "log_level": "debug",
        "access_log": False,
        "lifespan": "on",
        "ws": "websockets-sansio",
        "server_header": False,
        "timeout_graceful_shutdown": 10,
    }


def test_s82_a21_takes_settings_where_there_is_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"HOST": "::1", "PORT": "9002", "LOG_LEVEL": "error", "SHUTDOWN_TIMEOUT_SECONDS": "7"}
    given = serve_arguments(monkeypatch, **{f"CLEVERAGENTS_SERVER_{name}": value for name, value in names.items()})
    assert (given["host"], given["port"], given["log_level"], given["timeout_graceful_shutdown"]) == (
        "::1",
        9002,
        "error",
        7,
    )


def test_s82_a_flag_wins_over_a_setting_and_a_setting_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    given = serve_arguments(
        monkeypatch, "--port", "1", CLEVERAGENTS_SERVER_PORT="2", CLEVERAGENTS_SERVER_LOG_LEVEL="error"
    )
    assert (given["host"], given["port"], given["log_level"]) == ("0.0.0.0", 1, "error")


def test_s121_s06_the_target_that_uvicorn_is_given_exists() -> None:
    module, _, name = server._APPLICATION.partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_s06_the_package_installs_the_command() -> None:
    (command,) = entry_points(group="console_scripts", name="cleveragents")
    assert command.load() is main


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_s94_takes_every_log_level(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve_arguments(monkeypatch, "--log-level", level)["log_level"] == level


def test_s94_s155_refuses_another_log_level_as_a_usage_error() -> None:
    result = run("server", "serve", "--log-level", "foo", settings=ABSENT)
    assert result.exit_code == 2
    assert "'foo' is not one of 'critical', 'error', 'warning', 'info', 'debug', 'trace'" in result.stderr


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_refuses_a_port_that_cannot_be_as_a_usage_error(port: str) -> None:
    assert run("server", "serve", "--port", port, settings=ABSENT).exit_code == 2


def test_s95_s146_imports_uvicorn_at_the_top_of_the_module() -> None:
    tree = ast.parse((PACKAGE / "src/cleveragents/cli/commands/server.py").read_text())
    top = [ast.unparse(node) for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert "from uvicorn import run as uvicorn_run" in top
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert all(node in tree.body for node in imports)


def test_s50_ends_with_2_and_one_line_that_names_every_problem() -> None:
    result = run("server", "serve", settings={"CLEVERAGENTS_SERVER_PORT": "s3cret"})
    assert result.exit_code == 2
    (line,) = map(json.loads, result.stdout.splitlines())
    assert (line["level"], line["message"]) == ("critical", "settings are missing or malformed")
    assert line["problems"] == [
        "CLEVERAGENTS_DATABASE_URL is missing",
        "CLEVERAGENTS_SERVER_PORT must be a whole number, 1 to 65535",
    ]
    assert "s3cret" not in result.output


def test_s12_tells_its_commands_and_its_version() -> None:
    assert "server" in run("--help").output
    assert run("--version").output == f"cleveragents, version {version('cleveragents')}\n"


def test_check_tells_the_state_of_dependencies_and_ends_with_1_when_one_fails() -> None:
    result = run("server", "check", settings=ABSENT)
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"database": "connection refused"})


def test_check_ends_with_0_when_all_work(database_url: str) -> None:
    result = run("server", "check", settings={"CLEVERAGENTS_DATABASE_URL": database_url})
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"database": "ok"})


def test_s28_s29_s88_s93_serves_with_a_real_database(database_url: str) -> None:
    with serving({"CLEVERAGENTS_DATABASE_URL": database_url}) as served:
        for path in ("/", "/live", "/ready", "/health"):
            status, headers, body = served.get(path)
            assert (status, json.loads(body)["status"], headers["content-length"]) == (200, "ok", str(len(body)))
            assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
            assert "server" not in headers
        served.process.terminate()
        log = [json.loads(line) for line in served.process.communicate(timeout=20)[0].splitlines()]
        assert served.process.returncode == 0
        assert [line["checks"] for line in log if line["message"] == "ready"] == [{"database": "ok"}]
        assert "s3cret" not in json.dumps(log)


def test_s29_lives_without_a_database_and_is_not_ready() -> None:
    with serving(ABSENT) as served:
        assert served.get("/live")[0] == 200
        status, _, body = served.get("/ready")
        assert (status, json.loads(body)["checks"]) == (503, {"database": "connection refused"})


def test_s84_s89_s90_answers_405_and_404_over_the_wire() -> None:
    with serving(ABSENT) as served:
        status, headers, _ = served.get("/live", "POST")
        assert (status, headers["allow"], headers["cache-control"]) == (405, "GET", "no-store")
        status, headers, body = served.get("/health", "HEAD")
        assert (status, headers["allow"], body) == (405, "GET", "")
        assert served.get("/health/")[0] == 404


def test_s91_a_client_sees_its_websocket_refused() -> None:
    with (
        serving(ABSENT) as served,
        pytest.raises(InvalidStatus) as error,
        connect(f"ws://127.0.0.1:{served.port}/live"),
    ):
        pytest.fail("the connection was taken")
    assert error.value.response.status_code == 403


@pytest.mark.parametrize("level", ["trace", "info"])
def test_logs_requests_and_probes_in_lines_of_json(level: str) -> None:
    with serving(ABSENT, "--log-level", level) as served:
        served.get("/live?token=s3cret")
        served.process.terminate()
        output = served.process.communicate(timeout=20)[0]
    lines = [json.loads(line) for line in output.splitlines()]
    assert all(line.keys() >= {"time", "level", "logger", "message"} for line in lines)
    answered = [(line["path"], line["status"]) for line in lines if line["message"] == "answered"]
    assert (("/live", 200) in answered) == (level == "trace")
    assert any(line["level"] == "trace" for line in lines) == (level == "trace")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_finishes_what_is_in_flight_after_a_signal_and_ends_with_0(end: signal.Signals) -> None:
    with tcp_server(lambda _: None) as silent:
        settings = {
            "CLEVERAGENTS_DATABASE_URL": f"postgres://u:p@{silent.address}/d",
            "CLEVERAGENTS_READY_TIMEOUT_SECONDS": "2",
        }
        with serving(settings) as served:
            answers: list[tuple[int, dict[str, str], str]] = []
            asking = threading.Thread(target=lambda: answers.append(served.get("/ready")))
            asking.start()
            while not silent.received:
                time.sleep(0.01)
            served.process.send_signal(end)
            asking.join()
            served.process.communicate(timeout=20)
            assert [(status, json.loads(body)["checks"]) for status, _, body in answers] == [
                (503, {"database": "timed out"})
            ]
            assert served.process.returncode == 0


def test_ends_in_time_when_something_hangs() -> None:
    with tcp_server(lambda _: None) as silent:
        settings = {
            "CLEVERAGENTS_DATABASE_URL": f"postgres://u:p@{silent.address}/d",
            "CLEVERAGENTS_READY_TIMEOUT_SECONDS": "30",
            "CLEVERAGENTS_SERVER_SHUTDOWN_TIMEOUT_SECONDS": "1",
        }
        with serving(settings) as served, socket.create_connection(("127.0.0.1", served.port)) as client:
            client.sendall(b"GET /ready HTTP/1.1\r\nhost: a\r\n\r\n")
            while not silent.received:
                time.sleep(0.01)
            begin = time.monotonic()
            served.process.terminate()
            served.process.communicate(timeout=20)
            assert time.monotonic() - begin < 10


def test_ends_with_an_error_when_the_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(
            main, ["server", "serve", "--host", "127.0.0.1", "--port", str(taken.getsockname()[1])], env=ABSENT
        )
    assert result.exit_code not in (0, 2)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_the_server_is_up_ends_the_process_too(
    end: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleveragents.cli.commands.server.uvicorn_run", lambda *_, **__: signal.raise_signal(end))
    assert run("server", "serve", settings=ABSENT).exit_code == 0
