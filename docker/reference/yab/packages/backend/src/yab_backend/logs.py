"""Logs: one JSON object per line on standard output."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

FORMATTER: Final = "yab_backend.logs.JsonFormatter"


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configuration(level: str) -> dict[str, Any]:
    """Give the configuration of all loggers, those of gunicorn and uvicorn too."""
    upper = level.upper()
    through = {"handlers": [], "level": upper, "propagate": True}
    names = ("alembic", "gunicorn.access", "gunicorn.error", "uvicorn", "uvicorn.access", "uvicorn.error")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": FORMATTER}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["stdout"], "level": upper},
        "loggers": dict.fromkeys(names, through),
    }
