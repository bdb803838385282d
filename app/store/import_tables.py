"""The tables of imports, typed; the others are in ``tables``."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class ImportRunRow(Base):
    """A table of users that somebody imports, and how far it has got."""

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    domain: Mapped[str]
    actor: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime]
    expires: Mapped[datetime]
    phase: Mapped[str]
    reading: Mapped[dict[str, Any]]
    holder: Mapped[str] = mapped_column(server_default="")
    touched: Mapped[datetime]
    is_over: Mapped[bool]
    is_stopping: Mapped[bool]
    error: Mapped[str]
    content: Mapped[dict[str, Any]]


class ImportPartRow(Base):
    """A piece of an uploaded table, or of what became of its rows; encrypted, since there may be passwords in it."""

    __tablename__ = "import_parts"

    run: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    expires: Mapped[datetime]
