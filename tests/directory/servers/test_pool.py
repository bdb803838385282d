"""Sessions are shared, bounded, renewed and never used by two processes."""

import os

import pytest

from app.directory.connection import ConnectionSettings, ServerAddress
from app.directory.dn import Dn
from app.directory.errors import ConnectionLost, NoSuchEntry, Unavailable
from app.directory.servers.pool import Pool
from tests.directory.servers.fakes import BASE, Clock, FakeClient, FakeSession

SERVER = ServerAddress("ldaps", "a", 636)


class Bench:
    """A pool over one fake server."""

    def __init__(self, **changed: float) -> None:
        self.client = FakeClient("a")
        self.clock = Clock()
        settings = ConnectionSettings((SERVER,), Dn(()), "", **{"wait_seconds": 0, **changed})  # type: ignore[arg-type]  # numbers all
        self.pool = Pool(lambda: self.client.bind(SERVER), settings, size=2, clock=self.clock)

    def use(self) -> None:
        """Borrow a session and give it back."""
        with self.pool.session(_never):
            pass


def _never() -> None:
    pass


def test_reuse() -> None:
    """A session given back is used again, unless the server has ended it."""
    bench = Bench()

    bench.use()
    bench.use()
    assert (bench.client["a"].binds, bench.pool.counts()) == (1, (0, 1))
    bench.client["a"].restarts += 1
    bench.use()
    assert (bench.client["a"].binds, bench.client["a"].closed) == (2, 1)


@pytest.mark.parametrize(("seconds", "would_ask_again"), [(0.9, True), (1.1, True), (0.9, False)])
def test_trust(seconds: float, *, would_ask_again: bool) -> None:
    """A session that was in use just now is lent unseen to those alone who would ask again."""
    bench = Bench()
    bench.use()
    bench.client["a"].restarts += 1
    bench.clock.seconds += seconds

    with bench.pool.session(_never, would_ask_again=would_ask_again) as session:
        assert session.has_ended() is (would_ask_again and seconds < 1)


@pytest.mark.parametrize("limit", ["idle_seconds", "lifetime_seconds"])
def test_old_sessions(limit: str) -> None:
    """What has been idle or alive for too long is closed: when it is looked for, and when nobody does."""
    bench = Bench(**{limit: 10})
    bench.use()
    bench.pool.expire()
    assert bench.client["a"].closed == 0

    bench.clock.seconds += 11
    bench.use()
    assert (bench.client["a"].binds, bench.client["a"].closed) == (2, 1)
    bench.clock.seconds += 11
    bench.pool.expire()
    assert (bench.client["a"].closed, bench.pool.counts()) == (2, (0, 0))


def test_bound() -> None:
    """Who finds all sessions in use for too long is told so."""
    bench = Bench()

    with bench.pool.session(_never), bench.pool.session(_never):
        assert bench.pool.counts() == (2, 0)
        with pytest.raises(Unavailable, match="all 2 connections"), bench.pool.session(_never):
            pass
    bench.use()


def test_waiting_in_vain() -> None:
    """Who waits is told when waiting has become useless."""
    bench = Bench(wait_seconds=3600)

    looks = iter([None, Unavailable("in vain")])

    def give_up() -> None:
        if error := next(looks):
            raise error

    with (
        bench.pool.session(_never),
        bench.pool.session(_never),
        pytest.raises(Unavailable, match="in vain"),
        bench.pool.session(give_up),
    ):
        pass


def test_what_becomes_of_a_session() -> None:
    """A server's no leaves a session as it is; a loss ends it and all idle ones; anything else ends it alone."""
    bench = Bench()
    with bench.pool.session(_never):
        bench.use()
    for error, counts in (
        (NoSuchEntry("no"), (0, 2)),
        (ValueError("x"), (0, 1)),
        (ConnectionLost("x"), (0, 0)),
    ):
        with pytest.raises(type(error)), bench.pool.session(_never):
            raise error
        assert bench.pool.counts() == counts


def test_cut() -> None:
    """Those who wait for an answer are let go."""
    bench = Bench()
    bench.use()

    with bench.pool.session(_never) as session:
        bench.pool.cut()
        assert isinstance(session, FakeSession)
        assert session.is_cut.is_set()


def test_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked process has sessions of its own, and closes its copies of its parent's without a word.

    ``ldap/test_failures`` really forks.
    """
    bench = Bench()
    bench.use()

    monkeypatch.setattr(os, "getpid", lambda: -1)
    bench.use()

    assert (bench.client["a"].binds, bench.client["a"].closed, bench.pool.counts()) == (2, 1, (0, 1))


def test_race_for_an_old_session() -> None:
    """What somebody takes while it is looked at is left to him."""
    bench = Bench(idle_seconds=10)
    bench.use()
    idle = bench.pool._own.idle  # noqa: SLF001 - two threads at one moment cannot be arranged from outside
    bench.clock.seconds += 11
    clock = bench.pool._clock  # noqa: SLF001 - the same

    def taking() -> float:
        idle.clear()
        return clock()

    bench.pool._clock = taking  # noqa: SLF001 - the same
    bench.pool.expire()

    assert bench.client["a"].closed == 0


def test_close() -> None:
    """All idle sessions are closed."""
    bench = Bench()
    bench.use()

    bench.pool.close()

    assert (bench.client["a"].closed, bench.pool.counts()) == (1, (0, 0))
    assert bench.client["a"].data.base == BASE
