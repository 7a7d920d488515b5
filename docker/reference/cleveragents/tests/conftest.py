"""What the tests share: real servers where there are any, and a process that serves."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

PACKAGE = Path(__file__).parents[1]
REPOSITORY = PACKAGE.parents[2]
NOBODY = 65534
"""PostgreSQL refuses to run as root."""


def skip(reason: str) -> NoReturn:
    """Skip at a desk; in CI what is missing is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must have it")
    pytest.skip(reason)


def free_port() -> int:
    """Give a TCP port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every test without settings."""
    for name in os.environ:
        if name.startswith(("CLEVERAGENTS_", "PG")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Address of a real PostgreSQL: the one that TEST_DATABASE_URL names, or one that is started here."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *map(Path, os.get_exec_path())]
    programs = next((place for place in places if (place / "initdb").exists()), None)
    if programs is None:
        skip("there is no TEST_DATABASE_URL, and PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    account = NOBODY if os.getuid() == 0 else None
    if account is not None:
        os.chown(folder, account, account)
    (folder / "password").write_text("s3cret")
    (folder / "password").chmod(0o644)

    def run(program: str, *words: str) -> None:
        command = [f"{programs}/{program}", "-D", "data", *words]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, user=account, group=account)

    run("initdb", "-U", "clever", "--pwfile=password", "--auth=scram-sha-256", "--no-sync")
    port = free_port()
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -k {folder}"
    run("pg_ctl", "-w", "-l", "log", "-o", settings, "start")
    try:
        yield f"postgres://clever:s3cret@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "fast", "stop")
        shutil.rmtree(folder)


@dataclass
class TcpServer:
    """A server on loopback that answers as it is told; it stands for what no real server does at will."""

    answer: Callable[[bytes], bytes | None]
    port: int = 0
    received: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def tcp_server(answer: Callable[[bytes], bytes | None]) -> Iterator[TcpServer]:
    """Run such a server in a thread; an answer of None is silence, and an empty one closes the connection."""
    server = TcpServer(answer)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while received := await reader.read(4096):
                server.received.append(received)
                said = server.answer(received)
                if said == b"":
                    return
                writer.write(said or b"")
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        listening = await asyncio.start_server(talk, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        listening.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@dataclass
class Served:
    """A running server and how to ask it."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
        """Give status, headers and body of an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers.items()), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers.items()), error.read().decode()


@contextmanager
def serving(settings: dict[str, str], *arguments: str) -> Iterator[Served]:
    """Run `cleveragents server serve` as a process and wait until it answers."""
    port = free_port()
    command = [
        f"{Path(sys.executable).parent}/cleveragents",
        "server",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*command, *arguments],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(process, port)
    try:
        for _ in range(150):
            try:
                served.get("/live")
                break
            except urllib.error.URLError:
                if process.poll() is not None:
                    pytest.fail(f"the server ended: {process.communicate()[0]}")
                time.sleep(0.1)
        yield served
    finally:
        process.kill()
        process.communicate()
