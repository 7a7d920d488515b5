"""PostgreSQL and Redis, asked: real ones where they can be had, and the ways in which they fail."""

import asyncio
import os
import ssl
from collections.abc import Callable, Coroutine
from urllib.parse import urlsplit

import pytest
from conftest import free_port, skip, tcp_server

from cleveragents.dependencies import DependencyError, ask_database, ask_redis
from cleveragents.settings import Redis


def reason(work: Coroutine[None, None, None]) -> str:
    """Say why a dependency does not work."""
    with pytest.raises(DependencyError) as error:
        asyncio.run(work)
    return str(error.value)


def redis(port: int, password: str | None = None, *, tls: bool = False) -> Redis:
    """Give a Redis on loopback."""
    return Redis("127.0.0.1", port, password, tls)


def test_s29_a25_asks_a_real_database(database_url: str) -> None:
    asyncio.run(ask_database(database_url))


def test_takes_nothing_about_the_database_from_the_variables_of_libpq(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGPASSWORD", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT", "PGTARGETSESSIONATTRS"):
        monkeypatch.setenv(name, "verify-full" if name == "PGSSLMODE" else "wrong")
    asyncio.run(ask_database(database_url))
    parts = urlsplit(database_url)
    monkeypatch.setenv("PGPASSWORD", parts.password or "")
    without = parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}").geturl()
    assert reason(ask_database(without)) == "access denied"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda url: url.replace(f":{urlsplit(url).password}@", ":wrong@"), "access denied"),
        (lambda url: url.rsplit("/", 1)[0] + "/absent", "no such database"),
        (lambda url: url + "?sslmode=require", "connection failed"),
    ],
    ids=["password", "database", "tls"],
)
def test_s29_tells_how_a_real_database_refuses(database_url: str, change: Callable[[str], str], expected: str) -> None:
    assert reason(ask_database(change(database_url))) == expected


def test_s29_tells_that_a_database_is_not_there() -> None:
    assert reason(ask_database(f"postgres://u:p@127.0.0.1:{free_port()}/d")) == "connection refused"
    assert reason(ask_database("postgres://u:p@absent.invalid/d")) == "unknown host"


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
def test_s29_tells_that_a_connection_to_the_database_is_closed_at_once(mode: str) -> None:
    with tcp_server(lambda _: b"") as closing:
        assert reason(ask_database(f"postgres://u:p@{closing.address}/d?sslmode={mode}")) == "connection failed"


def test_s29_tells_the_code_of_what_the_database_says() -> None:
    fields = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
    message = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields
    with tcp_server(lambda _: message) as starting:
        assert reason(ask_database(f"postgres://u:p@{starting.address}/d?sslmode=disable")) == "answered 57P03"


def speak_redis(password: bytes | None) -> Callable[[bytes], bytes]:
    """Answer as Redis does, with or without a password."""
    known = password is None

    def answer(received: bytes) -> bytes:
        nonlocal known
        if b"AUTH" in received:
            known = password is not None and password in received
            return b"+OK\r\n" if known else b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
        return b"+PONG\r\n" if known else b"-NOAUTH Authentication required.\r\n"

    return answer


def test_s29_asks_redis_with_and_without_a_password() -> None:
    with tcp_server(speak_redis(None)) as server:
        asyncio.run(ask_redis(redis(server.port)))
        assert server.received == [b"*1\r\n$4\r\nPING\r\n"]
    with tcp_server(speak_redis("p\r\nä".encode())) as server:
        asyncio.run(ask_redis(redis(server.port, "p\r\nä")))
        assert server.received[0] == "*2\r\n$4\r\nAUTH\r\n$5\r\np\r\nä\r\n".encode()


def test_s29_asks_a_real_redis() -> None:
    address = os.environ.get("TEST_REDIS_URL")
    if address is None:
        skip("there is no TEST_REDIS_URL")
    parts = urlsplit(address)
    real = Redis(parts.hostname or "", parts.port or 6379, parts.password, tls=False)
    asyncio.run(ask_redis(real))
    if parts.password:
        assert reason(ask_redis(Redis(real.host, real.port, "wrong", tls=False))) == "access denied"
        assert reason(ask_redis(Redis(real.host, real.port, None, tls=False))) == "access denied"


@pytest.mark.parametrize(
    ("password", "given", "expected"),
    [(b"right", "wrong-s3cret", "access denied"), (b"right", None, "access denied")],
)
def test_s29_tells_that_redis_wants_another_password(password: bytes, given: str | None, expected: str) -> None:
    with tcp_server(speak_redis(password)) as server:
        assert reason(ask_redis(redis(server.port, given))) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "answered LOADING"),
        (b"HTTP/1.1 400 Bad Request\r\n", "answered something else than Redis"),
        (b"\r\n", "answered something else than Redis"),
        (b"-\r\n", "answered something else than Redis"),
        (b"", "answered something else than Redis"),
        (b"x" * 100_000, "answered something else than Redis"),
    ],
)
def test_s29_tells_what_is_wrong_with_the_answer(answer: bytes, expected: str) -> None:
    with tcp_server(lambda _: answer) as server:
        assert reason(ask_redis(redis(server.port))) == expected


def test_s29_tells_that_redis_is_not_there() -> None:
    assert reason(ask_redis(redis(free_port()))) == "connection refused"
    assert reason(ask_redis(Redis("absent.invalid", 6379, None, tls=False))) == "unknown host"


def test_asks_redis_over_tls_that_is_checked() -> None:
    with tcp_server(lambda _: b"+PONG\r\n") as server:
        assert reason(ask_redis(redis(server.port, tls=True))) == "no trusted TLS connection"


def test_asks_redis_over_tls_with_the_authorities_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ssl.SSLContext] = []
    create = ssl.create_default_context

    def remember() -> ssl.SSLContext:
        made.append(create())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", remember)
    reason(ask_redis(redis(free_port(), tls=True)))
    assert [(context.verify_mode, context.check_hostname) for context in made] == [(ssl.CERT_REQUIRED, True)]
