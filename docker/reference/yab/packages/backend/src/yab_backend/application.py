"""The application: health, metrics and notes."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from redis import Redis, RedisError
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from yab_backend.database import Note, connect
from yab_backend.metrics import measured, render
from yab_backend.settings import Settings

LOG: Final = logging.getLogger("yab")
CACHE_SECONDS: Final = 60
NOTES_SHOWN: Final = 100


class NewNote(BaseModel):
    """What a client sends."""

    text: str = Field(min_length=1, max_length=1000)


class StoredNote(BaseModel):
    """What a client gets."""

    id: int
    text: str


class Stores:
    """The two services that the backend needs."""

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet: dependencies may come late."""
        self.engine: Engine = connect(settings.database_url)
        self.cache: Redis = Redis.from_url(
            settings.redis_url, decode_responses=True, socket_connect_timeout=2, socket_timeout=2
        )

    def states(self) -> dict[str, str]:
        """Ask both for an answer; no text of theirs is repeated, so no secret can be in it."""
        return {"database": self._database_state(), "redis": self._redis_state()}

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()
        self.cache.close()

    def _database_state(self) -> str:
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            LOG.warning("the database does not answer: %s", type(error).__name__)
            return "unavailable"
        return "ok"

    def _redis_state(self) -> str:
        try:
            self.cache.ping()
        except RedisError as error:
            LOG.warning("Redis does not answer: %s", type(error).__name__)
            return "unavailable"
        return "ok"


def create_application(settings: Settings) -> FastAPI:
    """Make the application."""
    stores = Stores(settings)

    @asynccontextmanager
    async def lifespan(_application: FastAPI) -> AsyncIterator[None]:
        yield
        stores.close()

    application = FastAPI(title="yab", lifespan=lifespan, docs_url=None, redoc_url=None)
    application.add_middleware(measured())
    application.include_router(_operations(stores))
    application.include_router(_notes(stores))
    application.add_exception_handler(SQLAlchemyError, _unavailable)
    return application


def _operations(stores: Stores) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/")
    def health(request: Request) -> JSONResponse:
        """Say that the process serves; with `?ready`, that its database answers: without Redis it is only slower."""
        if "ready" not in request.query_params:
            return JSONResponse({"status": "ok"})
        states = stores.states()
        is_ready = states["database"] == "ok"
        return JSONResponse(
            {"status": "ok" if is_ready else "unavailable", "checks": states}, status_code=200 if is_ready else 503
        )

    @router.get("/metrics")
    def metrics() -> Response:
        body, content_type = render()
        return Response(body, headers={"content-type": content_type})

    return router


def _notes(stores: Stores) -> APIRouter:
    router = APIRouter(prefix="/notes")

    @router.post("/", status_code=201)
    def create(note: NewNote) -> StoredNote:
        with Session(stores.engine) as session:
            stored = Note(text=note.text)
            session.add(stored)
            session.commit()
            return StoredNote(id=stored.id, text=stored.text)

    @router.get("/")
    def latest() -> list[StoredNote]:
        with Session(stores.engine) as session:
            found = session.scalars(select(Note).order_by(Note.id.desc()).limit(NOTES_SHOWN))
            return [StoredNote(id=note.id, text=note.text) for note in found]

    @router.get("/{note_id}")
    def one(note_id: Annotated[int, Path(ge=1, le=2**31 - 1)], response: Response) -> StoredNote:
        cached = _cached(stores.cache, note_id)
        response.headers["x-cache"] = "miss" if cached is None else "hit"
        if cached is not None:
            return cached
        with Session(stores.engine) as session:
            found = session.get(Note, note_id)
        if found is None:
            raise HTTPException(404, f"no note {note_id}")
        note = StoredNote(id=found.id, text=found.text)
        _remember(stores.cache, note)
        return note

    return router


def _cached(cache: Redis, note_id: int) -> StoredNote | None:
    try:
        value = cache.get(f"note:{note_id}")
    except RedisError as error:
        # A cache that is gone makes the answer slower, not wrong.
        LOG.warning("the cache was not read: %s", type(error).__name__)
        return None
    return StoredNote(**json.loads(value)) if isinstance(value, str) else None


def _remember(cache: Redis, note: StoredNote) -> None:
    try:
        cache.set(f"note:{note.id}", note.model_dump_json(), ex=CACHE_SECONDS)
    except RedisError as error:
        LOG.warning("the cache was not written: %s", type(error).__name__)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    LOG.error("%s failed on the database: %s", request.url.path, type(error).__name__)
    return JSONResponse({"detail": "the database does not answer"}, status_code=503)
