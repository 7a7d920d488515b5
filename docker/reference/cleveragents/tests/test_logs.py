"""The form of the log."""

import json
import logging
import sys

import pytest

from cleveragents.logs import TRACE, JsonFormatter, configure_logging, log_config


def line(record: logging.LogRecord) -> dict[str, object]:
    """Give a formatted record as it can be read."""
    text = JsonFormatter().format(record)
    assert "\n" not in text
    parsed: dict[str, object] = json.loads(text)
    return parsed


def record(message: str, **more: object) -> logging.LogRecord:
    """Give a record of the time 0."""
    made = logging.LogRecord("a.b", logging.WARNING, "file.py", 1, message, None, None)
    made.created = 0
    made.__dict__.update(more)
    return made


def test_writes_one_object_on_one_line() -> None:
    assert line(record("one\ntwo", fields={"port": 8000})) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "warning",
        "logger": "a.b",
        "message": "one\ntwo",
        "port": 8000,
    }


def test_writes_an_exception_into_the_same_line() -> None:
    try:
        raise RuntimeError("planted")
    except RuntimeError:
        made = line(record("failed", exc_info=sys.exc_info()))
    assert str(made["exception"]).endswith("RuntimeError: planted")


@pytest.mark.parametrize(
    ("level", "number"),
    [("critical", 50), ("error", 40), ("warning", 30), ("info", 20), ("debug", 10), ("trace", TRACE)],
)
def test_s94_knows_every_level(level: str, number: int) -> None:
    assert log_config(level)["root"] == {"handlers": ["out"], "level": number}


def test_names_the_level_below_debug(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure_logging("trace")
        logging.getLogger("x").log(TRACE, "low")
        assert json.loads(capsys.readouterr().out)["level"] == "trace"
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
