"""Servers found by DNS (RFC 2782): those of the own site first, then all of the domain.

Active Directory keeps its controllers under ``dc._msdcs``, by site; other products just under the domain. The answer is
kept for as long as DNS says, and for longer where DNS does not answer, or not all that is asked: nobody waits for it then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Lock

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, Answer, NoAnswer, Resolver

from app.directory.connection import Discovery, ServerAddress
from app.directory.errors import Unavailable
from app.network.asking import Asked

SHORTEST_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
"""How long an answer is kept, whatever its time to live."""
RETRY_SECONDS = 5.0
ELSEWHERE = 100_000
"""What is added to the priority of servers outside the site."""


class Locator:
    """Finds the servers of one directory. Safe to use from several threads; ``clock`` counts seconds."""

    def __init__(self, discovery: Discovery, *, start_tls: bool, clock: Callable[[], float]) -> None:
        self._discovery = discovery
        self._start_tls = start_tls
        self._clock = clock
        self._lock = Lock()
        self._question: Asked[None] | None = None
        self._found: tuple[ServerAddress, ...] = ()
        self._until = float("-inf")

    def addresses(self) -> tuple[ServerAddress, ...]:
        """Return the servers there are, nearest first.

        Raises:
            Unavailable: if none has ever been found.
        """
        question = self._asked()
        if question is not None:
            if self._found:
                with suppress(TimeoutError):
                    question.prompt_answer()
            else:
                question.answer()
        if not self._found:
            raise Unavailable(
                f"DNS names no servers for {self._discovery.domain}", retry_after_seconds=RETRY_SECONDS
            )
        return self._found

    def _asked(self) -> Asked[None] | None:
        """Return the question that is to be asked now, if one is."""
        with self._lock:
            if self._clock() < self._until:
                return None
            if self._question is None or not self._question.is_being_asked:
                self._question = Asked(self._renew)
            return self._question

    def _renew(self) -> None:
        found: dict[tuple[str, int], ServerAddress] = {}
        ttl = LONGEST_SECONDS
        missing: Sequence[ServerAddress] = ()
        for is_near, name in _names(self._discovery):
            try:
                answer = self._ask(name)
            except (NXDOMAIN, NoAnswer):
                continue
            except (DNSException, OSError):
                # Who stood there is not known to have gone.
                ttl, missing = 0.0, self._found
                continue
            ttl = min(ttl, float(answer.rrset.ttl if answer.rrset else 0))
            for address in self._read(answer, is_near=is_near):
                found.setdefault((address.host, address.port), address)
        for address in missing:
            found.setdefault((address.host, address.port), address)
        if found:
            self._found = tuple(sorted(found.values(), key=lambda address: address.priority))
        self._until = self._clock() + (max(ttl, SHORTEST_SECONDS) if found else RETRY_SECONDS)

    def _ask(self, name: str) -> Answer:
        resolver = Resolver(configure=self._discovery.nameserver is None)
        if self._discovery.nameserver is not None:
            resolver.nameservers = [self._discovery.nameserver[0]]
            resolver.port = self._discovery.nameserver[1]
        resolver.lifetime = self._discovery.seconds
        return resolver.resolve(name, "SRV")

    def _read(self, answer: Answer, *, is_near: bool) -> Iterator[ServerAddress]:
        # The heaviest of a priority first, and always the same one: writes stay with one server.
        records = sorted(answer, key=lambda each: (each.priority, -each.weight, str(each.target)))
        for record in records:
            host = str(record.target).rstrip(".")
            if not host:
                continue  # RFC 2782: a target of "." says that there is no such service.
            priority = record.priority if is_near else ELSEWHERE + record.priority
            if self._start_tls:
                yield ServerAddress("ldap", host, record.port, priority)
            else:
                yield ServerAddress("ldaps", host, self._discovery.tls_port, priority)


def _names(discovery: Discovery) -> Iterator[tuple[bool, str]]:
    if discovery.site:
        yield True, f"_ldap._tcp.{discovery.site}._sites.dc._msdcs.{discovery.domain}."
    yield False, f"_ldap._tcp.dc._msdcs.{discovery.domain}."
    yield False, f"_ldap._tcp.{discovery.domain}."
