"""Asks PostgreSQL and Redis whether they work. What a failure means for readiness is readiness.py."""

import asyncio
import os
import socket
import ssl
from urllib.parse import parse_qs, urlsplit

import asyncpg

from cleveragents.settings import Redis


class DependencyError(Exception):
    """A dependency does not work; the message is a word or two that give nothing secret away."""


async def ask_database(url: str) -> None:
    """Open a connection and let PostgreSQL compute something; raises DependencyError."""
    parts = urlsplit(url)
    try:
        # What the address does not say must not come from the variables and files of libpq: there are no keys but ours.
        connection = await asyncpg.connect(
            url,
            password=None if parts.password else "",
            passfile=os.devnull,
            ssl=parse_qs(parts.query).get("sslmode", ["prefer"])[-1],
            target_session_attrs="any",
        )
        try:
            await connection.fetchval("SELECT 1")
            await connection.close()
        finally:
            connection.terminate()
    except asyncpg.PostgresError as error:
        raise DependencyError(_database_reason(error)) from error
    except (OSError, asyncpg.InterfaceError) as error:
        raise DependencyError(_network_reason(error)) from error


async def ask_redis(redis: Redis) -> None:
    """Send a PING, after a password where there is one; raises DependencyError."""
    context = ssl.create_default_context() if redis.tls else None
    try:
        reader, writer = await asyncio.open_connection(redis.host, redis.port, ssl=context)
        try:
            if redis.password is not None:
                await _command(reader, writer, b"+OK", b"AUTH", redis.password.encode())
            await _command(reader, writer, b"+PONG", b"PING")
        finally:
            writer.close()
    except OSError as error:
        raise DependencyError(_network_reason(error)) from error


async def _command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, expected: bytes, *words: bytes) -> None:
    parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)]
    writer.writelines(parts)
    try:
        answer = (await reader.readline()).rstrip()
    except ValueError:  # a line longer than the reader takes
        answer = b""
    if answer == expected:
        return
    # An error of Redis begins with its code: that alone is told, since the rest may quote what was sent.
    code = answer.removeprefix(b"-").split(b" ")[0].decode("ascii", "replace") if answer.startswith(b"-") else ""
    if code in ("NOAUTH", "WRONGPASS", "NOPERM"):
        raise DependencyError("access denied")
    raise DependencyError(f"answered {code}" if code else "answered something else than Redis")


def _database_reason(error: asyncpg.PostgresError) -> str:
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "access denied"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return "no such database"
    if isinstance(error, asyncpg.PostgresConnectionError):
        return "connection failed"
    return f"answered {error.sqlstate}"


def _network_reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "unknown host"
    if isinstance(error, ssl.SSLError):
        return "no trusted TLS connection"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return "connection failed"
