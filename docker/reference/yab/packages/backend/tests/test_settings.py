"""The keys: their forms, their registry, and that nothing reads the environment past them."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from conftest import PACKAGE, REPOSITORY

from yab_backend.settings import KEYS, SettingsError, load

GOOD = {"DATABASE_URL": "postgres://yab:s3cret@db:5432/yab", "REDIS_URL": "redis://cache:6379/0"}
SOURCES = sorted((PACKAGE / "src").rglob("*.py"))
REGISTRY = yaml.safe_load((REPOSITORY / "deploy/config/yab.yaml").read_text())


def test_the_registry_lists_what_the_code_reads_and_nothing_else() -> None:
    documented = {key["name"]: (tuple(key["components"]), key["required"], key.get("default")) for key in REGISTRY}
    assert documented == {key.name: (key.components, key.required, key.default) for key in KEYS}


def test_what_has_a_password_in_it_is_a_secret() -> None:
    assert [key["name"] for key in REGISTRY if key["kind"] == "secret"] == ["DATABASE_URL", "REDIS_URL"]


def reads(source: str) -> list[str]:
    """Name what gets at the environment."""
    nodes = ast.walk(ast.parse(source))
    return [node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_nothing_but_the_settings_reads_the_environment(source: Path) -> None:
    # The entry point sets the folder of the metrics, so it is no setting of anybody.
    allowed = {"settings.py": ["environ"], "metrics.py": ["environ"]}
    assert reads(source.read_text()) == allowed.get(source.name, [])


def test_finds_a_planted_read() -> None:
    assert reads("import os\nvalue = os.getenv('X')\n") == ["getenv"]


def test_the_entry_point_reads_what_the_registry_lists() -> None:
    names = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", (PACKAGE / "entrypoint.sh").read_text()))
    assert names == {"UMASK"}


def test_takes_defaults_where_a_variable_is_absent_or_empty() -> None:
    settings = load("api", {**GOOD, "LOG_LEVEL": "", "GUNICORN_WORKERS": ""})
    assert (settings.bind, settings.log_level, settings.workers) == ("0.0.0.0:8000", "info", None)
    assert settings.database_url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("given", "bind"),
    [({"GUNICORN_PORT": "9000"}, "0.0.0.0:9000"), ({"GUNICORN_BIND": "127.0.0.1:9100"}, "127.0.0.1:9100")],
)
def test_y02_listens_where_it_is_told(given: dict[str, str], bind: str) -> None:
    assert load("api", {**GOOD, **given}).bind == bind


def test_y55_names_all_that_is_missing() -> None:
    with pytest.raises(SettingsError) as raised:
        load("api", {})
    assert str(raised.value) == (
        "DATABASE_URL is missing (postgresql://user:password@host:port/database); "
        "REDIS_URL is missing (redis://host:port/number)"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_MODULE", "main"),
        ("DATABASE_URL", "mysql://hidden-word@db/yab"),
        ("DATABASE_URL", "postgresql://hidden-word"),
        ("GUNICORN_BIND", "0.0.0.0:99999"),
        ("GUNICORN_GRACEFUL_TIMEOUT", "soon"),
        ("GUNICORN_PORT", "0"),
        ("GUNICORN_WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "http://hidden-word"),
        ("UMASK", "0999"),
    ],
)
def test_refuses_what_is_malformed_and_never_repeats_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not ") as raised:
        load("api", {**GOOD, name: value})
    assert "hidden-word" not in str(raised.value)


def test_a_component_ignores_what_another_one_reads() -> None:
    assert load("migrate", {"DATABASE_URL": GOOD["DATABASE_URL"], "UMASK": "nonsense"}).database_wait_seconds == 60
