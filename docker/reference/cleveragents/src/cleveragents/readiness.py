"""Tells whether everything that the server depends on works."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from cleveragents.dependencies import DependencyError, ask_database, ask_redis
from cleveragents.settings import Settings

OK = "ok"
"""State of a dependency that works."""

_logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[None]]


class Readiness:
    """Asks all dependencies at once, each for a short time at most; requests at the same time share one answer."""

    def __init__(self, checks: Mapping[str, Check], timeout_seconds: float) -> None:
        """Take the checks by the name of what they ask."""
        self._checks = checks
        self._timeout_seconds = timeout_seconds
        self._running: asyncio.Task[dict[str, str]] | None = None
        self._last: dict[str, str] = {}

    @classmethod
    def of(cls, settings: Settings) -> "Readiness":
        """Ask what the settings name: the database, and Redis where it is enabled."""
        checks: dict[str, Check] = {"database": lambda: ask_database(settings.database_url)}
        if (redis := settings.redis) is not None:
            checks["redis"] = lambda: ask_redis(redis)
        return cls(checks, settings.ready_timeout_seconds)

    async def report(self) -> dict[str, str]:
        """Give the state of each dependency: `ok`, or why it fails, without secrets."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._ask_all())
        # Shielded: the client that asked first may go away while others wait.
        return await asyncio.shield(self._running)

    async def _ask_all(self) -> dict[str, str]:
        states = await asyncio.gather(*(self._ask(name, check) for name, check in self._checks.items()))
        now = dict(zip(self._checks, states, strict=True))
        failing = {name: state for name, state in now.items() if state != OK}
        if now != self._last:
            level, text = (logging.WARNING, "not ready") if failing else (logging.INFO, "ready")
            _logger.log(level, text, extra={"fields": {"checks": now}})
        self._last = now
        return now

    async def _ask(self, name: str, check: Check) -> str:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await check()
        except TimeoutError:
            return "timed out"
        except DependencyError as error:
            return str(error)
        except Exception:
            _logger.exception("the check of %s failed unexpectedly", name)
            return "check failed"
        return OK
