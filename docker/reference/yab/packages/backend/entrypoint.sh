#!/bin/sh
# Starts the API: gunicorn with uvicorn workers. Settings come from environment variables; gunicorn_config.py reads them.
set -eu
umask "${UMASK:-0027}"
# Names all settings that are missing, before any worker starts.
python -c 'from yab_backend.settings import load_or_exit; load_or_exit("api")'
# Workers share their metrics here; those of an earlier start must not count again.
PROMETHEUS_MULTIPROC_DIR=$(mktemp -d /tmp/metrics.XXXXXX)
export PROMETHEUS_MULTIPROC_DIR
printf '{"level":"info","logger":"entrypoint","message":"umask %s"}\n' "$(umask)"
exec gunicorn --config python:yab_backend.gunicorn_config
