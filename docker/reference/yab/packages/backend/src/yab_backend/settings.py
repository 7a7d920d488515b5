"""Every setting of the backend, read from environment variables and nowhere else."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

EXIT_USAGE: Final = 2
LOG_LEVELS: Final = ("critical", "debug", "error", "info", "warning")
MOST_WORKERS: Final = 64
LONGEST_WAIT_SECONDS: Final = 3600


class SettingsError(Exception):
    """Settings are missing or malformed; the message names all of them and repeats no value."""


@dataclass(frozen=True)
class Settings:
    """Checked settings."""

    app_module: str
    bind: str
    database_url: URL
    database_wait_seconds: int
    graceful_timeout_seconds: int
    log_level: str
    redis_url: str
    workers: int | None


@dataclass(frozen=True)
class Key:
    """A variable, the components that read it, and what it must look like."""

    name: str
    components: tuple[str, ...]
    required: bool
    default: str | None
    form: str
    accepts: Callable[[str], bool]


def _is_database(text: str) -> bool:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return False
    return url.drivername in ("postgres", "postgresql") and bool(url.host) and bool(url.database)


def _is_number(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdecimal() and least <= int(text) <= most


def _is_bind(text: str) -> bool:
    host, _, port = text.partition(":")
    return host != "" and (port == "" or _is_number(1, 65535)(port))


def _is_umask(text: str) -> bool:
    return len(text) in (3, 4) and all(digit in "01234567" for digit in text)


def _is_module(text: str) -> bool:
    module, _, name = text.partition(":")
    return name.isidentifier() and all(part.isidentifier() for part in module.split("."))


KEYS: Final = (
    Key("APP_MODULE", ("api",), False, "yab_backend.main:app", "module:name", _is_module),
    Key("DATABASE_URL", ("api", "migrate"), True, None, "postgresql://user:password@host:port/database", _is_database),
    Key(
        "DATABASE_WAIT_SECONDS",
        ("migrate",),
        False,
        "60",
        f"a whole number from 0 to {LONGEST_WAIT_SECONDS}",
        _is_number(0, LONGEST_WAIT_SECONDS),
    ),
    Key("GUNICORN_BIND", ("api",), False, "0.0.0.0", "host or host:port", _is_bind),  # noqa: S104
    Key("GUNICORN_GRACEFUL_TIMEOUT", ("api",), False, "20", "a whole number from 1 to 600", _is_number(1, 600)),
    Key("GUNICORN_PORT", ("api",), False, "8000", "a whole number from 1 to 65535", _is_number(1, 65535)),
    Key(
        "GUNICORN_WORKERS",
        ("api",),
        False,
        None,
        f"a whole number from 1 to {MOST_WORKERS}",
        _is_number(1, MOST_WORKERS),
    ),
    Key(
        "LOG_LEVEL",
        ("api", "migrate"),
        False,
        "info",
        f"one of {', '.join(LOG_LEVELS)}",
        lambda text: text in LOG_LEVELS,
    ),
    Key(
        "REDIS_URL",
        ("api",),
        True,
        None,
        "redis://host:port/number",
        lambda text: text.startswith(("redis://", "rediss://")) and not text.endswith("//"),
    ),
    # The entry point sets it before Python starts; here it is only checked.
    Key("UMASK", ("api",), False, "0027", "three or four octal digits", _is_umask),
)


def load(component: str, environment: Mapping[str, str] | None = None) -> Settings:
    """Read what a component needs; what another one needs has its default. An empty variable counts as absent."""
    given = os.environ if environment is None else environment
    values: dict[str, str] = {}
    problems: list[str] = []
    for key in KEYS:
        value = (given.get(key.name) if component in key.components else None) or key.default
        if value is not None and not key.accepts(value):
            problems.append(f"{key.name} is not {key.form}")
        elif value is None and key.required and component in key.components:
            problems.append(f"{key.name} is missing ({key.form})")
        values[key.name] = value or ""
    if problems:
        raise SettingsError("; ".join(problems))
    return Settings(
        app_module=values["APP_MODULE"],
        bind=_bind(values["GUNICORN_BIND"], values["GUNICORN_PORT"]),
        database_url=_with_driver(values["DATABASE_URL"]),
        database_wait_seconds=int(values["DATABASE_WAIT_SECONDS"]),
        graceful_timeout_seconds=int(values["GUNICORN_GRACEFUL_TIMEOUT"]),
        log_level=values["LOG_LEVEL"],
        redis_url=values["REDIS_URL"],
        workers=int(values["GUNICORN_WORKERS"]) if values["GUNICORN_WORKERS"] else None,
    )


def load_or_exit(component: str) -> Settings:
    """Read the settings; end the process with one line that names what is wrong."""
    try:
        return load(component)
    except SettingsError as error:
        sys.stderr.write(f"cannot start {component}: {error}\n")
        sys.exit(EXIT_USAGE)


def _bind(address: str, port: str) -> str:
    return address if ":" in address else f"{address}:{port}"


def _with_driver(url: str) -> URL:
    # A component that needs no database has no address of one.
    return make_url(url or "postgresql://").set(drivername="postgresql+psycopg")
