"""The tables, typed. What is read and written in them is left to the modules named after their rows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always with its zone: SQLite keeps none, so UTC is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return with the zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        str: Text(),
    }


class DocumentRow(Base):
    """A configuration document as it is in force."""

    __tablename__ = "documents"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    description: Mapped[str]
    body: Mapped[dict[str, Any]]
    source: Mapped[str]


class RevisionRow(Base):
    """One revision of a document. A revision without a body is its deletion."""

    __tablename__ = "revisions"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    author: Mapped[str]
    comment: Mapped[str]
    origin: Mapped[str]
    description: Mapped[str]
    body: Mapped[dict[str, Any] | None]
    source: Mapped[str]


class FileDigestRow(Base):
    """What a document looked like when it was last applied from a file."""

    __tablename__ = "file_digests"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class TableChangeRow(Base):
    """How often a table has been changed, where the database counts that by itself (``witness``)."""

    __tablename__ = "table_changes"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class GenerationRow(Base):
    """The one row that counts changes of the documents; locked by whoever makes one."""

    __tablename__ = "generation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


class SecretRow(Base):
    """A named secret, encrypted."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    time: Mapped[datetime]


class AuditRow(Base):
    """What was done, by whom, to what, and how it went."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_resource", "resource_type", "resource_id"),
        Index("ix_audit_time", "time"),
        Index("ix_audit_request_id", "request_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    time: Mapped[datetime]
    request_id: Mapped[str]
    actor: Mapped[str]
    application: Mapped[str]
    domain: Mapped[str]
    action: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    outcome: Mapped[str]
    status: Mapped[int]
    plan: Mapped[str]
    detail: Mapped[str]
    steps: Mapped[str] = mapped_column(deferred=True)


class IntentRow(Base):
    """What is being done to a directory, or was left in the middle."""

    __tablename__ = "intents"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    time: Mapped[datetime]
    holder: Mapped[str]
    alive_until: Mapped[datetime]
    request_id: Mapped[str]
    actor: Mapped[str]
    application: Mapped[str]
    domain: Mapped[str]
    action: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    plan: Mapped[str]
    steps: Mapped[str]
    made: Mapped[int]
    version: Mapped[str]
    is_rest: Mapped[bool]
    needs: Mapped[str]


class AdministratorRow(Base):
    """A person or program that administers Landbridge."""

    __tablename__ = "administrators"

    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    enabled: Mapped[bool]
    created: Mapped[datetime]


class TokenRow(Base):
    """An access or refresh token, by its digest. Tokens of one grant share a family."""

    __tablename__ = "tokens"
    __table_args__ = (
        Index("ix_tokens_family", "family"),
        Index("ix_tokens_expires", "expires"),
        Index("ix_tokens_client_id", "client_id"),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str]
    family: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[str]
    owner_kind: Mapped[str]
    subject: Mapped[str]
    scopes: Mapped[str]
    issued: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]
    name: Mapped[str | None]
    last_used: Mapped[datetime | None]


class FailedAttemptsRow(Base):
    """How often credentials were wrong of late, by the digest of what they were tried for."""

    __tablename__ = "failed_attempts"
    __table_args__ = (Index("ix_failed_attempts_until", "until"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    until: Mapped[datetime]


class UsedAssertionRow(Base):
    """A client's assertion that has been used, by the digest of its name."""

    __tablename__ = "used_assertions"
    __table_args__ = (Index("ix_used_assertions_expires", "expires"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires: Mapped[datetime]


class ChangeCountRow(Base):
    """How much of one kind one change has changed, for the limits of the guard."""

    __tablename__ = "change_counts"
    __table_args__ = (Index("ix_change_counts_time", "time"),)

    pledge: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime]
    application: Mapped[str]
    domain: Mapped[str]
    amount: Mapped[int]


class HeldChangeRow(Base):
    """A change that waits for somebody to decide, or has been decided on."""

    __tablename__ = "held_changes"
    __table_args__ = (Index("ix_held_changes_state", "state"), Index("ix_held_changes_key", "key"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str]
    time: Mapped[datetime]
    attempts: Mapped[int]
    actor: Mapped[str]
    application: Mapped[str]
    domain: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    action: Mapped[str]
    amounts: Mapped[dict[str, Any]]
    reason: Mapped[str]
    plan: Mapped[str]
    decided: Mapped[datetime | None]
    decided_by: Mapped[str]


class ExternalIdRow(Base):
    """What an application calls a resource."""

    __tablename__ = "external_ids"
    __table_args__ = (
        Index("ix_external_ids_external_id", "application", "domain", "resource_type", "external_id"),
    )

    application: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    resource_type: Mapped[str] = mapped_column(primary_key=True)
    resource_id: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str]


class SnapshotRow(Base):
    """A list as it was when it was begun, and where its readers will go on: numbers with spaces around each.

    Of its ``total`` ids the first ones are ``held``.
    """

    __tablename__ = "snapshots"
    __table_args__ = (Index("ix_snapshots_key", "key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    total: Mapped[int]
    held: Mapped[int]
    positions: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str | None] = mapped_column(Text)
    begun: Mapped[datetime]
    expires: Mapped[datetime]


class SnapshotIdsRow(Base):
    """The ids of a list, 16 bytes each: apart, so that reading a page does not write them again."""

    __tablename__ = "snapshot_ids"

    snapshot: Mapped[str] = mapped_column(
        String(32), ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True
    )
    ids: Mapped[bytes] = mapped_column(LargeBinary)


class AllocationRow(Base):
    """A value that has been promised to an entry, so that no other one is given it."""

    __tablename__ = "allocations"
    __table_args__ = (Index("ix_allocations_expires", "expires"),)

    domain: Mapped[str] = mapped_column(primary_key=True)
    attribute: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    expires: Mapped[datetime]


class CounterRow(Base):
    """The number that a domain's attribute is given next."""

    __tablename__ = "counters"

    domain: Mapped[str] = mapped_column(primary_key=True)
    attribute: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int] = mapped_column(BigInteger)


class TrafficRow(Base):
    """How many requests an application sent in a minute, and how many were refused or failed."""

    __tablename__ = "traffic"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    application: Mapped[str] = mapped_column(primary_key=True)
    requests: Mapped[int]
    refused: Mapped[int]
    failed: Mapped[int]


class CheckupRow(Base):
    """What was found when a domain's directory was examined last."""

    __tablename__ = "checkups"

    domain: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime]
    findings: Mapped[dict[str, Any]]


class CheckupClaimRow(Base):
    """Who examines a domain's directory, or did so last."""

    __tablename__ = "checkup_claims"

    domain: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    alive_until: Mapped[datetime]
