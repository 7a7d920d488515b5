"""Plays the server's part of ASGI."""

import asyncio
from typing import Any

from cleveragents.a2a.asgi import Application, Message


def converse(application: Application, scope: dict[str, Any], messages: list[dict[str, Any]]) -> list[Message]:
    """Hand in one message after the other and give what the application sent."""
    waiting = list(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            raise AssertionError(f"the application asked for a message after the last of {messages}")
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    if waiting:
        raise AssertionError(f"the application never took {waiting}")
    return sent


def get(application: Application, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Give status, headers and body of the answer to an HTTP request."""
    start, body = converse(application, {"type": "http", "method": method, "path": path, "headers": []}, [])
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    assert len({name for name, _ in headers}) == len(headers), f"a header twice: {headers}"
    return start["status"], dict(headers), body["body"]
