"""The commands `cleveragents server ...`."""

import asyncio
import json
import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

import click
from uvicorn import run as uvicorn_run

from cleveragents.logs import configure_logging, log_config
from cleveragents.readiness import OK, Readiness
from cleveragents.settings import HOST, LOG_LEVEL, LOG_LEVELS, PORT, Settings, SettingsError, load_settings

_APPLICATION = "cleveragents.a2a.asgi:app"
_EXIT_FAILING = 1
_EXIT_SETTINGS = 2
_FROM = "[default: {}]"

_logger = logging.getLogger(__name__)


@click.group()
def server() -> None:
    """Run the server, or check what it depends on."""


@server.command()
@click.option("--host", help=f"Address to listen on.  {_FROM.format(HOST.name)}")
@click.option("--port", type=click.IntRange(1, 65535), help=f"TCP port.  {_FROM.format(PORT.name)}")
@click.option("--log-level", type=click.Choice(LOG_LEVELS), help=f"Least level.  {_FROM.format(LOG_LEVEL.name)}")
def serve(host: str | None, port: int | None, log_level: str | None) -> None:
    """
    Serve until SIGTERM or SIGINT.

    Ends with 2 and one line that names every setting that is missing or malformed, before anything is served.
    """
    settings = _settings(log_level)
    level = log_level or settings.log_level
    configure_logging(level)
    # uvicorn finishes what is in flight and then raises the signal anew, which would end the process as a failure.
    # Set early, this also ends a first process of a container, where the signal has no effect by itself.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    dependencies = ["database"] if settings.redis is None else ["database", "redis"]
    _logger.info("starting", extra={"fields": {"dependencies": dependencies}})
    uvicorn_run(
        _APPLICATION,
        host=host or settings.host,
        port=port or settings.port,
        log_level=level,
        log_config=log_config(level),
        # Probes are most of the requests; the application itself logs them, at debug.
        access_log=False,
        lifespan="on",
        # The one implementation for WebSockets that does not rest on what the library has deprecated.
        ws="websockets-sansio",
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )


@server.command()
def check() -> None:
    """Ask every dependency once and print its state as JSON; ends with 1 if one fails."""
    settings = _settings(None)
    states = asyncio.run(Readiness.of(settings).report())
    click.echo(json.dumps(states))
    if any(state != OK for state in states.values()):
        sys.exit(_EXIT_FAILING)


def _settings(log_level: str | None) -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        configure_logging(log_level or LOG_LEVEL.default)
        _logger.critical("settings are missing or malformed", extra={"fields": {"problems": error.problems}})
        sys.exit(_EXIT_SETTINGS)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
