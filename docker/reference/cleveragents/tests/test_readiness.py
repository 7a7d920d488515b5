"""How states of dependencies become readiness."""

import asyncio
import logging
import time
from collections.abc import Awaitable

import pytest

from cleveragents.dependencies import DependencyError
from cleveragents.readiness import Readiness
from cleveragents.settings import load_settings

SETTINGS = {"CLEVERAGENTS_DATABASE_URL": "postgres://u:s3cret@localhost/d"}


async def works() -> None:
    """Work."""


async def fails() -> None:
    """Fail in a way that is known."""
    raise DependencyError("connection refused")


async def breaks() -> None:
    """Fail in a way that nobody thought of."""
    raise ValueError("s3cret")


async def hangs() -> None:
    """Never answer."""
    await asyncio.sleep(3600)


def test_s29_names_each_dependency_with_its_state() -> None:
    readiness = Readiness({"a": works, "b": fails, "c": hangs, "d": breaks}, 0.05)
    expected = {"a": "ok", "b": "connection refused", "c": "timed out", "d": "check failed"}
    assert asyncio.run(readiness.report()) == expected


def test_s29_a25_waits_for_all_at_once_and_for_a_short_time() -> None:
    begin = time.monotonic()
    asyncio.run(Readiness({str(number): hangs for number in range(20)}, 0.2).report())
    assert 0.2 <= time.monotonic() - begin < 2


def test_s29_asks_the_database_always_and_redis_where_it_is_enabled() -> None:
    assert list(Readiness.of(load_settings(SETTINGS))._checks) == ["database"]
    enabled = load_settings({**SETTINGS, "CLEVERAGENTS_REDIS_HOST": "r"})
    assert list(Readiness.of(enabled)._checks) == ["database", "redis"]


def test_requests_at_the_same_time_share_one_answer_even_if_the_first_goes_away() -> None:
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.05)

    async def work() -> list[dict[str, str]]:
        readiness = Readiness({"a": check}, 1)
        first = asyncio.create_task(readiness.report())
        others: list[Awaitable[dict[str, str]]] = [readiness.report() for _ in range(9)]
        waiting = asyncio.gather(*others)
        await asyncio.sleep(0.01)
        first.cancel()
        answers = await waiting
        await readiness.report()
        return answers

    assert asyncio.run(work()) == [{"a": "ok"}] * 9
    assert asked == 2


def test_logs_a_change_once_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    state = [breaks]

    async def check() -> None:
        await state[0]()

    async def work() -> None:
        readiness = Readiness({"a": check}, 1)
        for each in (works, works, fails, fails, works):
            state[0] = each
            await readiness.report()

    asyncio.run(work())
    told = [
        (record.levelname, record.getMessage(), record.__dict__["fields"]["checks"]["a"]) for record in caplog.records
    ]
    assert told == [("INFO", "ready", "ok"), ("WARNING", "not ready", "connection refused"), ("INFO", "ready", "ok")]
