"""The application against a real PostgreSQL and Redis."""

import json
import logging
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import needed
from fastapi.testclient import TestClient

from yab_backend.application import create_application
from yab_backend.database import Base, connect
from yab_backend.logs import JsonFormatter
from yab_backend.migrate import DatabaseAbsentError, migrate
from yab_backend.settings import Settings, load


def test_y100_health_answers_without_any_dependency() -> None:
    settings = load("api", {"DATABASE_URL": "postgresql://a:b@localhost:1/x", "REDIS_URL": "redis://localhost:1/0"})
    with TestClient(create_application(settings), raise_server_exceptions=False) as client:
        assert client.get("/health/").json() == {"status": "ok"}
        ready = client.get("/health/?ready")
        notes = client.get("/notes/")
    assert (ready.status_code, ready.json()["checks"]) == (503, {"database": "unavailable", "redis": "unavailable"})
    assert (notes.status_code, notes.json()) == (503, {"detail": "the database does not answer"})


def test_keeps_notes_and_reads_them_through_the_cache(settings: Settings) -> None:
    with TestClient(create_application(settings)) as client:
        note = client.post("/notes/", json={"text": "hello"}).json()
        first, second = client.get(f"/notes/{note['id']}"), client.get(f"/notes/{note['id']}")
        assert client.get("/notes/").json() == [note]
        assert client.get("/notes/999").status_code == 404
        assert client.post("/notes/", json={"text": ""}).status_code == 422
    assert (first.json(), second.json()) == (note, note)
    assert second.headers["x-cache"] == "hit"


def test_is_ready_and_slower_without_redis(settings: Settings) -> None:
    with TestClient(create_application(replace(settings, redis_url="redis://localhost:1/0"))) as client:
        note = client.post("/notes/", json={"text": "hello"}).json()
        assert client.get(f"/notes/{note['id']}").headers["x-cache"] == "miss"
        ready = client.get("/health/?ready")
    assert (ready.status_code, ready.json()["checks"]["redis"]) == (200, "unavailable")


def test_y102_counts_requests_by_route(settings: Settings) -> None:
    with TestClient(create_application(settings)) as client:
        client.get("/notes/123456")
        client.get("/nowhere/else")
        metrics = client.get("/metrics").text
    assert 'yab_http_requests_total{code="404",method="GET",route="/notes/{note_id}"}' in metrics
    assert 'route="none"' in metrics
    assert "nowhere" not in metrics


def test_y35_migrates_once_and_to_what_the_code_expects(settings: Settings) -> None:
    migrate(settings)
    engine = connect(settings.database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrations_give_up_without_a_database() -> None:
    needed("TEST_DATABASE_URL")
    with pytest.raises(DatabaseAbsentError, match="did not answer within 0 s"):
        migrate(load("migrate", {"DATABASE_URL": "postgresql://a:b@localhost:1/x", "DATABASE_WAIT_SECONDS": "0"}))


def test_logs_one_object_per_line() -> None:
    record = logging.LogRecord("yab", logging.INFO, "file", 1, 'say "%s"\nplease', ("hi",), None)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == 'say "hi"\nplease'
