"""The configuration of gunicorn, in a gunicorn that runs."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yab_backend.workers import default_workers

OTHER_APPLICATION = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"another application"})
"""


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[tuple[int, str]]:
    """Run gunicorn; gives its process and its address. Whatever happens, it is stopped, and must stop cleanly."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    metrics = folder / "metrics"
    metrics.mkdir()
    source = Path(__file__).parent.parent / "src"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{source}:{folder}",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "DATABASE_URL": "postgresql://yab:secret@localhost:1/yab",
        "REDIS_URL": "redis://localhost:1/0",
        "GUNICORN_BIND": address,
        **variables,
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "python:yab_backend.gunicorn_config"]
    process = subprocess.Popen(command, env=environment, cwd=folder)
    try:
        yield process.pid, address
    finally:
        process.send_signal(signal.SIGTERM)
        stopped = process.wait(30)
    assert stopped == 0


def answer(address: str, path: str) -> str:
    """Ask until there is an answer, for at most 30 s."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}{path}") as response:
                return str(response.read(), "utf-8")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def workers(pid: int, expected: int) -> int:
    """Count the processes that gunicorn has started, once there are as many as expected, or after 30 s."""
    deadline = time.monotonic() + 30
    children = Path(f"/proc/{pid}/task/{pid}/children")
    while (count := len(children.read_text().split())) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return count


def test_y02_serves_the_module_that_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER_APPLICATION)
    with served(tmp_path, APP_MODULE="other:app", GUNICORN_WORKERS="1") as (pid, address):
        assert answer(address, "/health/") == "another application"
        assert workers(pid, 1) == 1


def test_y02_serves_its_own_by_the_computed_number_of_workers(tmp_path: Path) -> None:
    with served(tmp_path) as (pid, address):
        assert answer(address, "/health/") == '{"status":"ok"}'
        assert workers(pid, default_workers()) == default_workers()
