"""The keys: their forms, their registry, and that nothing reads the environment past them."""

import ast
from pathlib import Path

import pytest
import yaml
from conftest import PACKAGE, REPOSITORY

from cleveragents.settings import KEYS, Key, Redis, Settings, SettingsError, load_settings

DATABASE = {
    "CLEVERAGENTS_DATABASE_URL": "postgresql://clever:s3cret@db:5432/clever?sslmode=verify-full&sslrootcert=/ca"
}
SOURCES = sorted((PACKAGE / "src").rglob("*.py"))


def registry() -> dict[str, dict[str, object]]:
    """Give the registry by name."""
    return {key["name"]: key for key in yaml.safe_load((REPOSITORY / "deploy/config/cleveragents.yaml").read_text())}


def described(key: Key) -> dict[str, object]:
    """Say of a key of the code what the registry says."""
    default = {"default": key.default} if key.default else {}
    return {"name": key.name, "components": ["server"], "kind": key.kind, "required": key.required, **default}


def test_s51_the_registry_lists_what_the_code_reads_and_nothing_else() -> None:
    documented = {name: {k: v for k, v in key.items() if k != "description"} for name, key in registry().items()}
    assert documented == {key.name: described(key) for key in KEYS}


def test_s51_a21_names_the_three_keys_of_the_server() -> None:
    names = {key.name for key in KEYS}
    assert names >= {f"CLEVERAGENTS_SERVER_{what}" for what in ("HOST", "PORT", "LOG_LEVEL")}


def test_s19_s116_x15_has_no_key_for_workers() -> None:
    assert [key.name for key in KEYS if "WORKERS" in key.name] == []


def reads_of_the_environment(text: str) -> list[str]:
    """Name what gets at the environment."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "getenvb"):
            found.append(node.attr)
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "posix"):
            found += [
                name.name for name in node.names if name.name in ("environ", "environb", "getenv", "getenvb", "*")
            ]
        if isinstance(node, ast.keyword) and node.arg == "envvar":
            found.append("envvar")
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_nothing_but_the_settings_reads_the_environment(source: Path) -> None:
    assert reads_of_the_environment(source.read_text()) == (["environ"] if source.name == "settings.py" else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os; os.environ['A']", ["environ"]),
        ("import os as o; o.getenv('A')", ["getenv"]),
        ("from os import environ as e", ["environ"]),
        ("from os import *", ["*"]),
        ("import click; click.option('--a', envvar='A')", ["envvar"]),
        ("import os; os.devnull", []),
    ],
)
def test_a_read_of_the_environment_would_be_found(text: str, expected: list[str]) -> None:
    assert reads_of_the_environment(text) == expected


def test_every_setting_is_used_somewhere() -> None:
    used = {
        node.attr
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert [name for each in (Settings, Redis) for name in each.__dataclass_fields__ if name not in used] == []


def test_takes_defaults_for_what_is_absent_or_empty() -> None:
    settings = load_settings({**DATABASE, "CLEVERAGENTS_REDIS_HOST": "", "CLEVERAGENTS_SERVER_PORT": ""})
    assert settings == Settings("0.0.0.0", 8000, "info", 10, 2, DATABASE["CLEVERAGENTS_DATABASE_URL"], None)


def test_takes_every_key_that_is_given() -> None:
    given = {
        **DATABASE,
        "CLEVERAGENTS_READY_TIMEOUT_SECONDS": "1",
        "CLEVERAGENTS_REDIS_HOST": "redis-master",
        "CLEVERAGENTS_REDIS_PASSWORD": "p w",
        "CLEVERAGENTS_REDIS_PORT": "6380",
        "CLEVERAGENTS_REDIS_TLS": "true",
        "CLEVERAGENTS_SERVER_HOST": "::1",
        "CLEVERAGENTS_SERVER_LOG_LEVEL": "trace",
        "CLEVERAGENTS_SERVER_PORT": "9001",
        "CLEVERAGENTS_SERVER_SHUTDOWN_TIMEOUT_SECONDS": "600",
    }
    assert sorted(given) == [key.name for key in sorted(KEYS, key=lambda key: key.name)]
    redis = Redis("redis-master", 6380, "p w", tls=True)
    assert load_settings(given) == Settings("::1", 9001, "trace", 600, 1, given["CLEVERAGENTS_DATABASE_URL"], redis)


def test_redis_is_off_without_a_host_and_has_no_password_unless_one_is_given() -> None:
    assert load_settings(DATABASE).redis is None
    assert load_settings({**DATABASE, "CLEVERAGENTS_REDIS_HOST": "r"}).redis == Redis("r", 6379, None, tls=False)


def test_names_every_problem_at_once_and_no_value() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({"CLEVERAGENTS_SERVER_PORT": "secret1", "CLEVERAGENTS_REDIS_PASSWORD": "secret2"})
    assert error.value.problems == [
        "CLEVERAGENTS_DATABASE_URL is missing",
        "CLEVERAGENTS_SERVER_PORT must be a whole number, 1 to 65535",
        "CLEVERAGENTS_REDIS_PASSWORD needs CLEVERAGENTS_REDIS_HOST, which is missing",
    ]
    assert "secret" not in str(error.value)


FORM = "must be postgres://user:password@host:port/database"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        *[
            ("DATABASE_URL", value, FORM)
            for value in (
                "secret",
                "sqlite:///secret.db",
                "postgres://db/secret",
                "postgres://u:secret@/d",
                "postgres://u:secret@db",
                "postgres://u:secret@db/",
                "postgres://u:secret@db/a/b",
                "postgres://u:secret@db:x/d",
                "postgres://u:secret@db:0/d",
                "postgres://u:secret@db/d#x",
                "postgres://u:secret@[db/d",
                "postgres://u:secret@db/d?sslmode",
            )
        ],
        (
            "DATABASE_URL",
            "postgres://u:p@db/d?host=secret",
            "may have the parameters sslmode and sslrootcert and no others",
        ),
        (
            "DATABASE_URL",
            "postgres://u:p@db/d?sslrootcert=",
            "may have the parameters sslmode and sslrootcert and no others",
        ),
        (
            "DATABASE_URL",
            "postgres://u:p@db/d?sslmode=secret",
            "must have one of these as sslmode: disable, allow, prefer, require, verify-ca, verify-full",
        ),
        *[
            ("SERVER_PORT", value, "must be a whole number, 1 to 65535")
            for value in ("0", "65536", "-1", "8000 ", "1e3", "\u0661", "9" * 5000)
        ],
        ("SERVER_LOG_LEVEL", "secret", "must be one of critical, error, warning, info, debug, trace"),
        ("SERVER_LOG_LEVEL", "INFO", "must be one of critical, error, warning, info, debug, trace"),
        ("SERVER_HOST", "a b", "must be a host name or an address, without a port"),
        ("REDIS_HOST", "redis://secret@r", "must be a host name or an address, without a port"),
        ("REDIS_TLS", "yes", "must be one of true, false"),
        ("READY_TIMEOUT_SECONDS", "31", "must be a whole number, 1 to 30"),
        ("SERVER_SHUTDOWN_TIMEOUT_SECONDS", "0.5", "must be a whole number, 1 to 600"),
    ],
)
def test_s50_refuses_a_malformed_value_without_telling_it(name: str, value: str, problem: str) -> None:
    given = {**DATABASE, "CLEVERAGENTS_REDIS_HOST": "r", f"CLEVERAGENTS_{name}": value}
    with pytest.raises(SettingsError) as error:
        load_settings(given)
    assert error.value.problems == [f"CLEVERAGENTS_{name} {problem}"]
    assert "secret" not in str(error.value)
