"""The tables of what goes on to other systems, typed; the others are in ``tables``."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class LinkRow(Base):
    """What another system calls a resource of ours."""

    __tablename__ = "links"
    __table_args__ = (
        Index("ix_links_resource", "resource_id"),
        Index("uq_links_remote", "connector", "resource_type", "remote_id", unique=True),
    )

    connector: Mapped[str] = mapped_column(primary_key=True)
    resource_type: Mapped[str] = mapped_column(primary_key=True)
    resource_id: Mapped[str] = mapped_column(primary_key=True)
    remote_id: Mapped[str]


class OutboxRow(Base):
    """A change that another system has yet to get. Rows of one resource at one connector are delivered in their order."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_resource", "connector", "resource_type", "resource_id", "id"),
        Index("ix_outbox_due", "state", "due"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    connector: Mapped[str]
    application: Mapped[str]
    domain: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    action: Mapped[str]
    payload: Mapped[dict[str, Any] | None]
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    actor: Mapped[str]
    request_id: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    created: Mapped[datetime]
    due: Mapped[datetime]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    error: Mapped[str]


class ConnectorStateRow(Base):
    """How a connector fares: whether it is paused, and whether it is left alone for a while."""

    __tablename__ = "connector_states"

    connector: Mapped[str] = mapped_column(primary_key=True)
    paused: Mapped[bool]
    failures: Mapped[int]
    openings: Mapped[int]
    closed_until: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    error: Mapped[str]


class ReconcileReportRow(Base):
    """The last report of holding a connector against a domain."""

    __tablename__ = "reconcile_reports"

    connector: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str]
    application: Mapped[str]
    actor: Mapped[str]
    begun: Mapped[datetime]
    ended: Mapped[datetime | None]
    error: Mapped[str]
    content: Mapped[dict[str, Any]]
