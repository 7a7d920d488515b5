"""The log: one JSON object per line on standard output."""

import json
import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

TRACE = 5
"""Below debug: the server's own protocol messages. uvicorn has the same number."""


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; `extra={"fields": {...}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_config(level: str) -> dict[str, Any]:
    """Give logging.config.dictConfig what it takes to log everything from `level` on, whoever says it."""
    number = TRACE if level == "trace" else logging.getLevelNamesMapping()[level.upper()]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["out"], "level": number},
    }


def configure_logging(level: str) -> None:
    """Make the log what `log_config` says."""
    logging.addLevelName(TRACE, "TRACE")
    logging.config.dictConfig(log_config(level))
