"""Threads stay with a connection as long as its client goes on and nobody else waits."""

from __future__ import annotations

import gc
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from app.web.spread import Share
from app.web.worker import GLANCES, Worker


@dataclass
class Connection:
    """A kept connection: the server's side of a pair of sockets, and what its parser has read ahead."""

    sock: socket.socket
    client: socket.socket
    ahead: BytesIO = field(default_factory=BytesIO)
    initialized: bool = True
    data_ready: bool = False
    failure: OSError | None = None

    def init(self) -> None:
        """Agree on keys, or fail."""
        self.initialized = True
        if self.failure:
            raise self.failure

    def wait_for_data(self, seconds: float) -> bool:
        """Tell whether the client has begun to speak."""
        return bool(select.select([self.sock], [], [], seconds)[0])

    @property
    def parser(self) -> SimpleNamespace:
        """What gunicorn reads requests with."""
        return SimpleNamespace(unreader=SimpleNamespace(buf=self.ahead))


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Connect a client, who says nothing yet."""
    server, client = socket.socketpair()
    yield Connection(server, client)
    server.close()
    client.close()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Have gunicorn read one byte for each request, and close the connection after ``!``."""
    requests: list[object] = []

    def handle(_worker: ThreadWorker, conn: Connection) -> bool:
        requests.append(conn.ahead.read(1) or conn.sock.recv(1))
        conn.ahead = BytesIO(conn.ahead.read())
        return requests[-1] != b"!"

    monkeypatch.setattr(ThreadWorker, "handle", handle)
    return requests


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Worker]]:
    """Make workers that run nothing by themselves."""
    monkeypatch.setattr(ThreadWorker, "enqueue_req", lambda _worker, _conn: None)
    made: list[Worker] = []

    def worker_of(threads: int) -> Worker:
        config = Config()
        config.set("threads", threads)
        log = SimpleNamespace(close_on_exec=lambda _file: None)
        made.append(Worker(0, 0, [], None, 30, config, log))
        return made[-1]

    yield worker_of
    for worker in made:
        worker.tmp.close()


@pytest.fixture
def worker(make: Callable[[int], Worker]) -> Worker:
    """Give one with two threads."""
    return make(2)


def answer(worker: Worker, connection: Connection) -> object:
    """Have a worker take a connection up, and tell whether it is kept."""
    worker.enqueue_req(connection)
    return worker.handle(connection)


def test_requests_that_follow(connection: Connection, answered: list[object], worker: Worker) -> None:
    """What comes at once on the same connection is answered without going back, until the client falls silent."""
    connection.client.sendall(b"abc")

    kept = answer(worker, connection)

    assert (kept, answered) == (True, [b"a", b"b", b"c"])


def test_what_was_read_ahead(connection: Connection, answered: list[object], worker: Worker) -> None:
    """A request that came together with the one before it counts as well."""
    connection.client.sendall(b"a")
    connection.ahead = BytesIO(b"xy")

    answer(worker, connection)

    assert answered == [b"x", b"y", b"a"]


def test_the_last_request(connection: Connection, answered: list[object], worker: Worker) -> None:
    """After an answer that closes the connection nobody waits for another request."""
    connection.client.sendall(b"!a")

    kept = answer(worker, connection)

    assert (kept, answered) == (False, [b"!"])


@pytest.mark.parametrize(
    "reason", ["somebody waits", "the worker ends", "a single thread", "all places are taken"]
)
def test_who_does_not_stay(
    connection: Connection, answered: list[object], make: Callable[[int], Worker], reason: str
) -> None:
    """A thread goes back where it is needed, where the worker ends, and where no other one would be free."""
    connection.client.sendall(b"abc")
    worker = make(1 if reason == "a single thread" else 2)
    if reason == "somebody waits":
        worker.enqueue_req(connection)
    elif reason == "the worker ends":
        worker.alive = False
    elif reason == "all places are taken":
        worker._places.acquire()  # noqa: SLF001 - as another thread does

    kept = answer(worker, connection)

    assert (kept, answered) == (True, [b"a"])


def test_new_clients(connection: Connection, answered: list[object], worker: Worker) -> None:
    """Who says nothing, before keys are agreed on or after that, keeps no thread; whoever speaks is answered."""
    connection.initialized = False

    assert answer(worker, connection) is _DEFER
    connection.data_ready = True
    assert answer(worker, connection) is _DEFER
    connection.client.sendall(b"a")

    assert answer(worker, connection) is True
    assert answered == [b"a"]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ssl.SSLError(ssl.SSL_ERROR_SSL, "no TLS at all"), 1),
        (ssl.SSLError(ssl.SSL_ERROR_EOF, "gone"), 0),
        (TimeoutError("too slow"), 0),
    ],
)
def test_clients_without_keys(
    connection: Connection,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    failure: OSError,
    told: int,
) -> None:
    """With whom no keys can be agreed on, there is no connection; only who speaks no TLS is told so."""
    refused: list[object] = []
    monkeypatch.setattr(worker, "handle_error", lambda *details: refused.append(details))
    monkeypatch.setattr(worker, "log", SimpleNamespace(debug=lambda *_: None))
    connection.initialized, connection.failure = False, failure
    connection.client.sendall(b"a")

    assert answer(worker, connection) is False
    assert len(refused) == told


def test_a_connection_that_was_closed(
    connection: Connection, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has closed the connection meanwhile is not waited for."""

    def handle(_worker: ThreadWorker, conn: Connection) -> bool:
        conn.sock.close()
        return True

    monkeypatch.setattr(ThreadWorker, "handle", handle)

    assert answer(worker, connection) is True


@pytest.fixture
def shares() -> Iterator[tuple[Share, Share]]:
    """Count the worker, whose number is 0, and another process."""
    mine, others = Share(0), Share(1)
    yield mine, others
    mine.withdraw()
    others.withdraw()


@pytest.mark.parametrize(
    ("counts", "glances"),
    [((0, 0), 0), ((3, 3), 0), ((2, 3), 0), ((4, 3), GLANCES), ((3,), 0)],
)
def test_new_connections(
    worker: Worker,
    shares: tuple[Share, Share],
    monkeypatch: pytest.MonkeyPatch,
    counts: tuple[int, ...],
    glances: int,
) -> None:
    """A process that has more than another leaves a new connection to it for a moment, and takes it if it must."""
    slept: list[float] = []
    taken: list[object] = []
    monkeypatch.setattr("app.web.worker.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr(ThreadWorker, "accept", lambda _worker, listener: taken.append(listener))
    for share, count in zip(shares, counts, strict=False):
        share.tell(count)

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        worker.accept(listener)

        assert (len(slept), taken) == (glances, [listener])


def test_a_connection_that_another_took(
    worker: Worker, shares: tuple[Share, Share], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as another process has taken the new connection nobody waits any longer."""
    slept: list[float] = []
    monkeypatch.setattr("app.web.worker.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr(ThreadWorker, "accept", lambda *_: None)
    shares[0].tell(1)
    shares[1].tell(0)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        worker.accept(listener)

    assert slept == []


def test_too_many_connections(
    worker: Worker, shares: tuple[Share, Share], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has two more than another sends one client away with an answer, and not the next one at once."""
    last: list[bool] = []
    clock = [100.0]
    request = SimpleNamespace(force_close=lambda: last.append(True))
    monkeypatch.setattr(ThreadWorker, "handle_request", lambda *_: True)
    monkeypatch.setattr("app.web.worker.time", SimpleNamespace(monotonic=lambda: clock[0]))
    shares[1].tell(3)
    told: list[int] = []

    for seconds, connections in [(0.0, 4), (0.2, 5), (0.2, 5), (0.25, 5), (0.4, 6), (0.6, 3)]:
        clock[0] = 100.0 + seconds
        shares[0].tell(connections)
        worker.handle_request(request, SimpleNamespace(sock=SimpleNamespace(gathering=nullcontext)))
        told.append(len(last))

    assert told == [0, 1, 1, 1, 2, 2]


def test_who_is_counted(worker: Worker, shares: tuple[Share, Share], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process is counted from the moment it serves until it ends, by itself or without a word."""
    monkeypatch.setattr(ThreadWorker, "notify", lambda _worker: None)
    worker.nr_conns = 70_000
    shares[1].tell(0)
    surplus = [shares[0].surplus()]

    for alive in (True, False, True):
        worker.alive = alive
        worker.notify()
        surplus.append(shares[0].surplus())
    worker.withdraw()
    surplus.append(shares[0].surplus())

    assert surplus == [0, 65534, 0, 65534, 0]


def test_who_waits_is_counted(connection: Connection, answered: list[object], worker: Worker) -> None:
    """Who is enqueued waits until a thread takes him."""
    worker.enqueue_req(connection)
    worker.enqueue_req(connection)
    connection.client.sendall(b"abc")

    worker.handle(connection)
    worker.handle(connection)

    assert answered == [b"a", b"b", b"c"]


def test_what_is_there_to_stay(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector of cycles does not look at the application again."""
    application: list[object] = []
    monkeypatch.setattr(ThreadWorker, "load_wsgi", lambda _worker: application.append([]))
    thresholds = gc.get_threshold()

    worker.load_wsgi()

    frozen = gc.get_freeze_count()
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    assert application
    assert frozen > 0
    assert vars(worker.cfg)["threads"] == 2
