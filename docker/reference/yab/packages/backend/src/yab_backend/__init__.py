"""Backend API of yab: notes in PostgreSQL, read through Redis."""
