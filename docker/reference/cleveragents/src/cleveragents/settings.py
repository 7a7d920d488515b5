"""
All configuration keys, read from the environment here and nowhere else.

The file deploy/config/cleveragents.yaml lists the same keys; a test holds the two equal.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

LOG_LEVELS = ("critical", "error", "warning", "info", "debug", "trace")
"""What `--log-level` and its key may be."""

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Key:
    """One environment variable."""

    name: str
    kind: Literal["config", "secret"]
    check: Callable[[str], str | None]
    """Says what the value has to be when it is not that; its answer never holds the value."""
    required: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Redis:
    """Where Redis is."""

    host: str
    port: int
    password: str | None
    tls: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Values of all keys."""

    host: str
    port: int
    log_level: str
    shutdown_timeout_seconds: int
    ready_timeout_seconds: int
    database_url: str
    redis: Redis | None


class SettingsError(Exception):
    """Keys are missing or have a wrong form; the message names all of them and none of their values."""

    def __init__(self, problems: list[str]) -> None:
        """Take every problem that was found."""
        super().__init__("; ".join(problems))
        self.problems = problems


def _whole_number(least: int, most: int) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        fits = value.isascii() and value.isdigit() and len(value) <= len(str(most)) and least <= int(value) <= most
        return None if fits else f"must be a whole number, {least} to {most}"

    return check


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    return lambda value: None if value in allowed else f"must be one of {', '.join(allowed)}"


def _host(value: str) -> str | None:
    return None if _HOST.fullmatch(value) else "must be a host name or an address, without a port"


def _anything(_value: str) -> None:
    return None


def _database_url(value: str) -> str | None:
    try:
        url = urlsplit(value)
        complete = url.scheme in ("postgres", "postgresql") and url.username and url.hostname and url.port != 0
        options = parse_qsl(url.query, keep_blank_values=True, strict_parsing=url.query != "")
    except ValueError:
        return "must be postgres://user:password@host:port/database"
    if not complete or not re.fullmatch(r"/[^/]+", url.path) or url.fragment:
        return "must be postgres://user:password@host:port/database"
    if any(name not in ("sslmode", "sslrootcert") or not text for name, text in options):
        return "may have the parameters sslmode and sslrootcert and no others"
    if any(name == "sslmode" and text not in _SSL_MODES for name, text in options):
        return f"must have one of these as sslmode: {', '.join(_SSL_MODES)}"
    return None


HOST = Key("CLEVERAGENTS_SERVER_HOST", "config", _host, default="0.0.0.0")  # noqa: S104 (a container is reached from outside)
PORT = Key("CLEVERAGENTS_SERVER_PORT", "config", _whole_number(1, 65535), default="8000")
LOG_LEVEL = Key("CLEVERAGENTS_SERVER_LOG_LEVEL", "config", _one_of(*LOG_LEVELS), default="info")
SHUTDOWN_TIMEOUT = Key("CLEVERAGENTS_SERVER_SHUTDOWN_TIMEOUT_SECONDS", "config", _whole_number(1, 600), default="10")
READY_TIMEOUT = Key("CLEVERAGENTS_READY_TIMEOUT_SECONDS", "config", _whole_number(1, 30), default="2")
DATABASE_URL = Key("CLEVERAGENTS_DATABASE_URL", "secret", _database_url, required=True)
REDIS_HOST = Key("CLEVERAGENTS_REDIS_HOST", "config", _host)
REDIS_PORT = Key("CLEVERAGENTS_REDIS_PORT", "config", _whole_number(1, 65535), default="6379")
REDIS_PASSWORD = Key("CLEVERAGENTS_REDIS_PASSWORD", "secret", _anything)
REDIS_TLS = Key("CLEVERAGENTS_REDIS_TLS", "config", _one_of("true", "false"), default="false")

KEYS = (
    DATABASE_URL,
    READY_TIMEOUT,
    REDIS_HOST,
    REDIS_PASSWORD,
    REDIS_PORT,
    REDIS_TLS,
    HOST,
    LOG_LEVEL,
    PORT,
    SHUTDOWN_TIMEOUT,
)
"""Every key."""


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Read all keys; an empty value counts as absent.

    Raises SettingsError naming every key that is missing or malformed.
    """
    given = os.environ if environment is None else environment
    problems = [problem for key in KEYS if (problem := _problem(key, given.get(key.name, "")))]
    if not given.get(REDIS_HOST.name):
        redis_keys = (REDIS_PASSWORD, REDIS_PORT, REDIS_TLS)
        lonely = [key.name for key in redis_keys if given.get(key.name)]
        problems += [f"{name} needs {REDIS_HOST.name}, which is missing" for name in lonely]
    if problems:
        raise SettingsError(problems)

    def value(key: Key) -> str:
        return given.get(key.name) or key.default

    redis = Redis(
        host=value(REDIS_HOST),
        port=int(value(REDIS_PORT)),
        password=value(REDIS_PASSWORD) or None,
        tls=value(REDIS_TLS) == "true",
    )
    return Settings(
        host=value(HOST),
        port=int(value(PORT)),
        log_level=value(LOG_LEVEL),
        shutdown_timeout_seconds=int(value(SHUTDOWN_TIMEOUT)),
        ready_timeout_seconds=int(value(READY_TIMEOUT)),
        database_url=value(DATABASE_URL),
        redis=redis if redis.host else None,
    )


def _problem(key: Key, value: str) -> str | None:
    if value:
        wrong = key.check(value)
        return f"{key.name} {wrong}" if wrong else None
    return f"{key.name} is missing" if key.required else None
