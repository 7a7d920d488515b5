"""The ASGI application that gunicorn starts."""

from yab_backend.application import create_application
from yab_backend.settings import load_or_exit

app = create_application(load_or_exit("api"))
