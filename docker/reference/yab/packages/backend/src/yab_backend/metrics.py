"""Metrics of requests, over all workers of the process that gunicorn runs."""

import os
import time
from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response

REQUESTS: Final = Counter("yab_http_requests_total", "Requests that were answered.", ("method", "route", "code"))
SECONDS: Final = Histogram("yab_http_request_duration_seconds", "Time until a request was answered.", ("route",))
METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Measured(BaseHTTPMiddleware):
    """Counts and times every request under the route that took it: paths of clients would be endless."""

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answer the request."""
        began = time.perf_counter()
        code = 500
        try:
            response = await call_next(request)
            code = response.status_code
        finally:
            route = getattr(request.scope.get("route"), "path", "none")
            method = request.method if request.method in METHODS else "other"
            REQUESTS.labels(method, route, str(code)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


def measured() -> type[Measured]:
    """Give the middleware."""
    return Measured


def render() -> tuple[bytes, str]:
    """Give the metrics as text and its type: those of all workers where several share a folder, else one's own."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
