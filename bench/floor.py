"""The same LDAP work done directly: what no bridge over that library can be faster than."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import ldap3
from ldap3.protocol.controls import build_control
from ldap3.protocol.rfc4527 import post_read_control

from app.directory.clients import has_native
from app.testing.announcement import Announcement

ATTRIBUTES = ["*", "entryUUID", "entryCSN", "createTimestamp", "modifyTimestamp", "memberOf"]
_PERMISSIVE = "1.2.840.113556.1.4.1413"


class Floor(Protocol):
    """One connection of an LDAP library."""

    def find(self, base: str, wanted: str, attributes: Sequence[str] = ATTRIBUTES) -> int:
        """Search; return how many there are."""
        ...

    def walk(self, base: str, wanted: str, *, page: int, limit: int | None = None) -> int:
        """Read all pages, or until so many; return how many there are."""
        ...

    def add(self, dn: str, attributes: dict[str, list[bytes]]) -> None:
        """Add an entry and read it back."""
        ...

    def modify(self, dn: str, kind: str, attribute: str, value: bytes) -> None:
        """Change a value and read the entry back, or, of a group, its name."""
        ...


class Ldap3Floor:
    """ldap3, as its manual has it but without its schema."""

    def __init__(self, demo: Announcement) -> None:
        server = ldap3.Server(demo.ldap_uri, get_info=ldap3.NONE)
        self._connection = ldap3.Connection(
            server, demo.ldap_bind_dn, demo.ldap_bind_password, check_names=False, auto_bind=True
        )

    def find(self, base: str, wanted: str, attributes: Sequence[str] = ATTRIBUTES) -> int:
        self._connection.search(base, wanted, attributes=list(attributes))
        return len(self._connection.response or ())

    def walk(self, base: str, wanted: str, *, page: int, limit: int | None = None) -> int:
        count, cookie = 0, None
        while True:
            self._connection.search(base, wanted, attributes=ATTRIBUTES, paged_size=page, paged_cookie=cookie)
            count += len(self._connection.response or ())
            cookie = self._connection.result["controls"]["1.2.840.113556.1.4.319"]["value"]["cookie"]
            if not cookie or (limit and count >= limit):
                return count

    def add(self, dn: str, attributes: dict[str, list[bytes]]) -> None:
        if not self._connection.add(dn, attributes=attributes, controls=[post_read_control(ATTRIBUTES)]):
            raise RuntimeError(self._connection.result)

    def modify(self, dn: str, kind: str, attribute: str, value: bytes) -> None:
        controls = [
            post_read_control(["entryUUID"] if attribute == "member" else ATTRIBUTES),
            build_control(_PERMISSIVE, True, None),
        ]
        change: Any = {attribute: [(ldap3.MODIFY_ADD if kind == "add" else ldap3.MODIFY_REPLACE, [value])]}
        if not self._connection.modify(dn, change, controls=controls):
            raise RuntimeError(self._connection.result)


class NativeFloor:
    """python-ldap."""

    def __init__(self, demo: Announcement) -> None:
        import ldap  # noqa: PLC0415 - it is an extra
        from ldap.controls import RequestControl  # noqa: PLC0415 - the same
        from ldap.controls.libldap import SimplePagedResultsControl  # noqa: PLC0415 - the same

        from app.directory.native.controls import PostRead  # noqa: PLC0415 - the same

        self._ldap, self._post_read, self._paged = ldap, PostRead, SimplePagedResultsControl
        self._permissive = RequestControl(_PERMISSIVE, True)
        self._connection = ldap.initialize(demo.ldap_uri)
        self._connection.simple_bind_s(demo.ldap_bind_dn, demo.ldap_bind_password)

    def find(self, base: str, wanted: str, attributes: Sequence[str] = ATTRIBUTES) -> int:
        return len(self._connection.search_s(base, self._ldap.SCOPE_SUBTREE, wanted, list(attributes)))

    def walk(self, base: str, wanted: str, *, page: int, limit: int | None = None) -> int:
        count, paged = 0, self._paged(True, page, b"")
        while True:
            number = self._connection.search_ext(
                base, self._ldap.SCOPE_SUBTREE, wanted, ATTRIBUTES, serverctrls=[paged]
            )
            _, found, _, controls = self._connection.result3(number)
            count += len(found)
            paged.cookie = controls[0].cookie
            if not paged.cookie or (limit and count >= limit):
                return count

    def add(self, dn: str, attributes: dict[str, list[bytes]]) -> None:
        self._connection.add_ext_s(dn, list(attributes.items()), serverctrls=[self._post_read(ATTRIBUTES)])

    def modify(self, dn: str, kind: str, attribute: str, value: bytes) -> None:
        read_back = self._post_read(["entryUUID"] if attribute == "member" else ATTRIBUTES)
        how = self._ldap.MOD_ADD if kind == "add" else self._ldap.MOD_REPLACE
        self._connection.modify_ext_s(
            dn, [(how, attribute, [value])], serverctrls=[read_back, self._permissive]
        )


def floors() -> dict[str, type[Ldap3Floor | NativeFloor]]:
    """Return the libraries that are installed, by their names."""
    return {"ldap3": Ldap3Floor, **({"python-ldap": NativeFloor} if has_native() else {})}
