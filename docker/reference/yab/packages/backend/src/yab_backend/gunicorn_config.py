"""Configuration of gunicorn, by the names that gunicorn gives its settings."""

from typing import Protocol

from prometheus_client import multiprocess

from yab_backend import logs
from yab_backend.settings import load_or_exit
from yab_backend.workers import default_workers

_settings = load_or_exit("api")

bind = [_settings.bind]
graceful_timeout = _settings.graceful_timeout_seconds
logconfig_dict = logs.configuration(_settings.log_level)
# Probes come every few seconds and metrics count requests, so requests are not logged one by one.
accesslog = None
# The root file system may be read-only; heartbeats go to the one folder that never is.
worker_tmp_dir = "/tmp"  # noqa: S108
control_socket_disable = True
worker_class = "uvicorn_worker.UvicornWorker"
workers = _settings.workers or default_workers()
wsgi_app = _settings.app_module


class _Worker(Protocol):
    pid: int


def child_exit(_server: object, worker: _Worker) -> None:
    """Forget the gauges of a worker that has ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
