"""What the tests share: the servers that the environment names, and a migrated database of its own for each test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from yab_backend.migrate import migrate
from yab_backend.settings import Settings, load

PACKAGE = Path(__file__).parents[1]
REPOSITORY = PACKAGE.parents[4]


def needed(name: str) -> str:
    """Give the address of a server; skip at a desk where there is none, and fail in CI."""
    if value := os.environ.get(name):
        return value
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not set, and CI must have it")
    pytest.skip(f"{name} is not set")


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Address of a database without tables."""
    server = make_url(needed("TEST_DATABASE_URL"))
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def settings(empty_database: str) -> Settings:
    """Give the settings of an API whose database has its tables."""
    migrate(load("migrate", {"DATABASE_URL": empty_database, "DATABASE_WAIT_SECONDS": "5"}))
    return load("api", {"DATABASE_URL": empty_database, "REDIS_URL": needed("TEST_REDIS_URL")})
