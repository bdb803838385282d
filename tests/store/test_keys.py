"""All who share a store have one key, which is seen at the start and can be changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from app.store.import_tables import ImportPartRow
from app.store.keys import NAME, Keys, OtherKey, Rekeyed
from app.store.outbound_tables import OutboxRow
from app.store.secrets import SecretBox, Secrets
from tests.store.fakes import NOON, FrozenClock
from tests.store.test_copies import TASK

if TYPE_CHECKING:
    from app.store.database import Database

OLD, NEW, OTHER = (SecretBox.generate_key() for _ in range(3))


def keys_of(database: Database, *keys: str) -> Keys:
    """Give what somebody with these keys has."""
    return Keys(database, SecretBox(keys), clock=FrozenClock())


def secrets_of(database: Database, *keys: str) -> Secrets:
    """Give the secrets as somebody with these keys sees them."""
    return Secrets(database, SecretBox(keys), clock=FrozenClock())


def test_the_first_key_is_the_one(database: Database) -> None:
    """Whoever has it is let in, also behind a newer one; whoever has another is not, and changes nothing."""
    keys_of(database, OLD).agree()
    keys_of(database, OLD).agree()
    keys_of(database, NEW, OLD).agree()

    for _ in range(2):
        with pytest.raises(OtherKey, match="secret_key: what the store keeps"):
            keys_of(database, OTHER).agree()

    assert secrets_of(database, OLD).names() == [NAME]


def test_a_store_that_is_older(database: Database) -> None:
    """Where nothing was left to be read, the secrets that are there are; another key leaves nothing of its own."""
    secrets_of(database, OLD).put("a", "1")

    with pytest.raises(OtherKey):
        keys_of(database, OTHER).agree()

    assert secrets_of(database, OLD).names() == ["a"]
    keys_of(database, OLD).agree()
    assert secrets_of(database, OLD).names() == ["a", NAME]


def test_many_firsts(database: Database) -> None:
    """Of processes with different keys that start at the same moment one kind is let in."""
    wanting = [keys_of(database, key) for key in (OLD, NEW) * 4]

    def is_let_in(keys: Keys) -> bool:
        try:
            keys.agree()
        except OtherKey:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(is_let_in, wanting))

    assert let_in in ([True, False] * 4, [False, True] * 4)


def fill(database: Database, key: str) -> None:
    """Keep something of each kind that is encrypted, and a task without a secret."""
    box = SecretBox([key])
    secrets_of(database, key).put("a", "1")
    part = {"run": "r", "kind": "table", "number": 0, "expires": NOON + timedelta(days=1)}
    with database.session() as session:
        for sealed in (box.encrypt("{}"), None):
            session.execute(insert(OutboxRow).values(connector="crm", state="ready", secrets=sealed, **TASK))
        session.execute(insert(ImportPartRow).values(content=box.seal(b"rows"), **part))


def test_the_old_key_may_go(database: Database) -> None:
    """Once all is encrypted with the new key nothing needs the old one."""
    keys_of(database, OLD).agree()
    fill(database, OLD)

    assert keys_of(database, NEW, OLD).rekey() == Rekeyed(4, [])

    keys_of(database, NEW).agree()
    box = SecretBox([NEW])
    with database.reading() as session:
        task, bare = session.scalars(select(OutboxRow.secrets).order_by(OutboxRow.id)).all()
        part = session.scalars(select(ImportPartRow.content)).one()
    assert (secrets_of(database, NEW).get("a"), box.decrypt(task or b""), bare) == ("1", "{}", None)
    assert box.open(part) == b"rows"


def test_a_key_that_is_lost(database: Database) -> None:
    """What cannot be read is named and stays, until it is to be forgotten; then one starts with a key of one's own."""
    keys_of(database, OLD).agree()
    fill(database, OLD)
    keys = keys_of(database, NEW)
    unreadable = ["a", NAME, "outbox/1", "import_parts/r/table/0"]

    assert keys.rekey() == Rekeyed(0, unreadable)
    assert secrets_of(database, OLD).get("a") == "1"

    assert keys.rekey(forgets=True) == Rekeyed(0, unreadable)
    keys.agree()
    assert secrets_of(database, NEW).names() == [NAME]
