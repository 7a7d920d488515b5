"""The tables and the connection to PostgreSQL."""

from datetime import datetime

from sqlalchemy import DateTime, Engine, String, create_engine, func
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables share."""


class Note(Base):
    """A note."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


def connect(url: URL, timeout_seconds: int = 3) -> Engine:
    """Give an engine that connects when it is first used, and notices connections that were cut."""
    arguments = {"connect_timeout": timeout_seconds, "options": "-c statement_timeout=5000"}
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=5, pool_timeout=timeout_seconds)
