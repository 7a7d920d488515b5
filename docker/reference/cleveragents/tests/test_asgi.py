"""The application, message by message."""

import json
import logging

import pytest
from asgi_client import converse, get

from cleveragents.a2a import asgi
from cleveragents.a2a.asgi import Application, UnsupportedScopeError
from cleveragents.readiness import Readiness

RULES = {"x-content-type-options": "nosniff", "cache-control": "no-store", "content-type": "application/json"}
STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
DATABASE = ("CLEVERAGENTS_DATABASE_URL", "postgres://clever:s3cret@localhost/clever")


def started(**states: str) -> Application:
    """Give an application whose dependencies are in these states."""
    application = Application()

    class Told(Readiness):
        async def report(self) -> dict[str, str]:
            return states

    application._readiness = Told({}, 1)
    return application


@pytest.mark.parametrize("path", ["/", "/health", "/live"])
def test_s88_answers_every_path_with_200_and_a_small_json(path: str) -> None:
    status, _, body = get(Application(), path)
    assert (status, json.loads(body)) == (200, {"status": "ok"})


def test_s88_s28_answers_ready_with_200_when_all_dependencies_work() -> None:
    status, _, body = get(started(database="ok", redis="ok"), "/ready")
    assert (status, json.loads(body)) == (200, {"status": "ok", "checks": {"database": "ok", "redis": "ok"}})


def test_s29_s142_answers_ready_with_503_naming_what_fails() -> None:
    status, headers, body = get(started(database="timed out", redis="ok"), "/ready")
    assert (status, json.loads(body)) == (
        503,
        {"status": "unavailable", "checks": {"database": "timed out", "redis": "ok"}},
    )
    assert headers.items() >= RULES.items()


def test_s29_is_not_ready_before_startup() -> None:
    status, _, body = get(Application(), "/ready")
    assert (status, json.loads(body)["checks"]) == (503, {"startup": "not finished"})


def test_s93_answers_500_by_its_own_rules_when_readiness_breaks(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Readiness):
        async def report(self) -> dict[str, str]:
            raise RuntimeError("planted")

    application = Application()
    application._readiness = Broken({}, 1)
    status, headers, body = get(application, "/ready")
    assert (status, json.loads(body)) == (500, {"status": "error"})
    assert headers.items() >= RULES.items()
    assert "planted" in caplog.text


@pytest.mark.parametrize("path", ["/unknown", "/health/", "/live/", "//", "/.well-known/agent.json", "/READY"])
def test_s89_s83_answers_404_to_an_unknown_path(path: str) -> None:
    status, headers, _ = get(Application(), path)
    assert status == 404
    assert "allow" not in headers


@pytest.mark.parametrize("path", sorted(asgi._KNOWN_PATHS))
@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get"])
def test_s90_s84_s148_a23_answers_405_to_another_method_on_a_known_path(path: str, method: str) -> None:
    status, headers, _ = get(Application(), path, method)
    assert (status, headers["allow"]) == (405, "GET")


def test_s90_keeps_the_known_paths_in_a_frozenset() -> None:
    assert set(asgi._KNOWN_PATHS) == {"/", "/health", "/live", "/ready"}
    assert isinstance(asgi._KNOWN_PATHS, frozenset)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("GET", "/live", 200), ("GET", "/ready", 503), ("GET", "/no", 404), ("POST", "/", 405)],
)
def test_s93_s86_s151_sets_the_same_headers_on_every_response(method: str, path: str, expected: int) -> None:
    status, headers, body = get(Application(), path, method)
    assert status == expected
    assert headers.items() >= RULES.items()
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("path", ["/", "/unknown"])
def test_s91_s87_s149_takes_the_connect_and_then_closes_a_websocket_with_1008(path: str) -> None:
    sent = converse(Application(), {"type": "websocket", "path": path}, [{"type": "websocket.connect"}])
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


def test_s92_completes_startup_and_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*DATABASE)
    sent = converse(Application(), {"type": "lifespan"}, [STARTUP, SHUTDOWN])
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


def test_s85_s92_s150_warns_of_a_lifespan_message_that_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(*DATABASE)
    sent = converse(Application(), {"type": "lifespan"}, [STARTUP, {"type": "lifespan.bogus"}, SHUTDOWN])
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "ignored the lifespan message lifespan.bogus, which is not known")
    ]


def test_s50_s122_fails_at_startup_without_a_database_and_never_falls_back_to_a_file() -> None:
    sent = converse(Application(), {"type": "lifespan"}, [STARTUP])
    assert sent == [{"type": "lifespan.startup.failed", "message": "CLEVERAGENTS_DATABASE_URL is missing"}]


@pytest.mark.parametrize("kind", ["http", "lifespan", "websocket"])
def test_s92_s123_treats_each_kind_of_scope_by_itself(kind: str) -> None:
    scope = {"type": kind, "method": "GET", "path": "/live"}
    first = {"lifespan": [SHUTDOWN], "websocket": [{"type": "websocket.connect"}]}
    sent = converse(Application(), scope, first.get(kind, []))
    assert {message["type"].split(".")[0] for message in sent} == {kind}


def test_s83_s136_a22_refuses_a_scope_that_it_does_not_know() -> None:
    with pytest.raises(
        UnsupportedScopeError, match='no answer to the scope "smtp": http, lifespan and websocket have one'
    ):
        converse(Application(), {"type": "smtp"}, [])


def test_s87_the_client_of_these_tests_says_what_went_wrong() -> None:
    with pytest.raises(AssertionError, match="the application asked for a message after the last of"):
        converse(Application(), {"type": "lifespan"}, [])
    with pytest.raises(AssertionError, match=r"the application never took \[\{'type': 'http.request'\}\]"):
        converse(Application(), {"type": "http", "method": "GET", "path": "/"}, [{"type": "http.request"}])
