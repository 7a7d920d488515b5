"""
The ASGI application: probes, and a clear no to everything else.

Production behaviour of the A2A protocol is out of scope; the contract with Kubernetes is here.
"""

import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from cleveragents.readiness import OK, Readiness
from cleveragents.settings import SettingsError, load_settings

_logger = logging.getLogger(__name__)

_KNOWN_PATHS = frozenset({"/", "/health", "/live", "/ready"})
"""All of them answer GET and nothing else; `/health` is the older name of `/live`."""

_POLICY_VIOLATION = 1008

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class UnsupportedScopeError(Exception):
    """The server speaks a protocol that this application does not know."""


class Application:
    """Answers one server; what it asks for readiness is known after startup."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._readiness: Readiness | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http":
            await self._http(scope, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await _refuse_websocket(receive, send)
        else:
            raise UnsupportedScopeError(
                f'no answer to the scope "{scope["type"]}": http, lifespan and websocket have one'
            )

    async def _http(self, scope: Message, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if path not in _KNOWN_PATHS:
            status, body = HTTPStatus.NOT_FOUND, _status("not found")
        elif method != "GET":
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, _status("method not allowed")
            headers = ((b"allow", b"GET"),)
        elif path == "/ready":
            status, body = await self._ready()
        else:
            status, body = HTTPStatus.OK, _status("ok")
        _logger.debug("answered", extra={"fields": {"method": method, "path": path, "status": int(status)}})
        await _send_response(send, status, body, headers)

    async def _ready(self) -> tuple[HTTPStatus, dict[str, Any]]:
        if self._readiness is None:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", "checks": {"startup": "not finished"}}
        try:
            checks = await self._readiness.report()
        except Exception:
            _logger.exception("readiness could not be told")
            return HTTPStatus.INTERNAL_SERVER_ERROR, _status("error")
        if all(state == OK for state in checks.values()):
            return HTTPStatus.OK, {"status": "ok", "checks": checks}
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", "checks": checks}

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._readiness = Readiness.of(load_settings())
                except SettingsError as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await send({"type": "lifespan.shutdown.complete"})
                return
            else:
                _logger.warning("ignored the lifespan message %s, which is not known", message["type"])


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    # The protocol wants the first message taken before there is an answer to it.
    await receive()
    await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "no WebSocket is served here"})


async def _send_response(
    send: Send, status: HTTPStatus, body: dict[str, Any], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    content = json.dumps(body).encode()
    common = (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    )
    await send({"type": "http.response.start", "status": int(status), "headers": [*common, *headers]})
    await send({"type": "http.response.body", "body": content})


def _status(text: str) -> dict[str, Any]:
    return {"status": text}


app = Application()
"""What the server runs: cleveragents.a2a.asgi:app."""
