"""Applies the migrations: waits for the database, and for another process that applies them."""

import logging
import logging.config
import sys
import time
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from yab_backend import logs
from yab_backend.database import connect
from yab_backend.settings import Settings, load_or_exit

LOG: Final = logging.getLogger("yab.migrate")
# Number of the advisory lock that keeps two processes from migrating at once.
LOCK: Final = 7_290_411


class DatabaseAbsentError(Exception):
    """The database did not answer in time."""


def migrate(settings: Settings) -> None:
    """Bring the schema to the newest version, or change nothing."""
    engine = connect(settings.database_url)
    _wait(engine, settings.database_wait_seconds)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()
    LOG.info("the schema is at its newest version")


def main() -> None:
    """Run as a program: exit code 1 when the database is absent, 2 when settings are wrong."""
    settings = load_or_exit("migrate")
    logging.config.dictConfig(logs.configuration(settings.log_level))
    try:
        migrate(settings)
    except DatabaseAbsentError as error:
        LOG.error("%s", error)  # noqa: TRY400
        sys.exit(1)


def _wait(engine: Engine, seconds: int) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with engine.connect():
                return
        except OperationalError:
            if time.monotonic() >= end:
                raise DatabaseAbsentError(f"the database did not answer within {seconds} s") from None
            LOG.info("waiting for the database")
            time.sleep(1)


if __name__ == "__main__":
    main()
