"""gunicorn's threads, which stay a moment with a connection that has just been answered.

Otherwise each request of a kept connection goes through the worker's main thread and back, which costs more than most
requests do: the main thread is one, and shares the interpreter with all that it waits for. For the same reason connections
are spread over the processes: new ones go to whoever has fewest, and of a process that has more than its share one now and
then is closed after an answer, which says so, and whose client comes back to another.
"""

from __future__ import annotations

import gc
import select
import ssl
import time
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from app.web.spread import Share

if TYPE_CHECKING:
    import socket

STAY_MILLISECONDS = 10
"""How long a thread waits for the next request of its connection."""
GLANCE_SECONDS = 0.001
GLANCES = 5
"""How often a process that has more looks whether a new connection has been taken by another, before it takes it."""
SURPLUS = 2
"""By how many it must have more, for the spread to be better when it has one less."""
SEND_AWAY_SECONDS = 0.1
"""How often it looks whether to send one away."""
NEW_OBJECTS = 10_000
"""So many more than went away are looked through for cycles: a page of a list has that many."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A process with threads. One of them never stays, so that whoever comes newly is answered at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = BoundedSemaphore(max(1, self.cfg.threads - 1))
        self._can_stay = self.cfg.threads > 1
        self._lock = Lock()
        self._waiting = 0
        self._share = Share(self.age)
        self._looked_round = 0.0

    def load_wsgi(self) -> None:
        """Make the application, and have it left alone by the collector of cycles, which seldom has anything to do here.

        A look at all that the application is made of takes a fifth of a second, in which nobody is answered.
        """
        super().load_wsgi()
        # gunicorn looks up its settings some twenty times for each request, each time by four calls.
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        gc.collect()
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS)

    def enqueue_req(self, conn: TConn) -> None:
        """Count who waits for a thread."""
        self._count(1)
        super().enqueue_req(conn)

    def notify(self) -> None:
        """Tell the parent and the other processes how things are. gunicorn calls it before it waits for anything."""
        super().notify()
        if self.alive:
            self._share.tell(self.nr_conns)
        else:
            self._share.withdraw()

    def withdraw(self) -> None:
        """Be counted no longer; called in the parent once the process is gone."""
        self._share.withdraw()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, unless another process that has fewer does."""
        glances = GLANCES if self._share.surplus() > 0 else 0
        while glances and _polled(listener, 0):
            time.sleep(GLANCE_SECONDS)
            glances -= 1
        super().accept(listener)
        self._share.tell(self.nr_conns)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request, the last one of its connection if others have fewer."""
        if self._sends_away():
            req.force_close()
        with conn.sock.gathering():
            return super().handle_request(req, conn)

    def _sends_away(self) -> bool:
        now = time.monotonic()
        if now - self._looked_round < SEND_AWAY_SECONDS:
            return False
        with self._lock:
            is_first, self._looked_round = now - self._looked_round >= SEND_AWAY_SECONDS, now
        return is_first and self._share.surplus() >= SURPLUS

    def handle(self, conn: TConn) -> Any:
        """Answer a request, and those that follow it at once, as long as nobody else waits."""
        self._count(-1)
        met = True if conn.initialized else self._meet(conn)
        if met is not True:
            return met
        kept = super().handle(conn)
        while kept is True and self._comes_another(conn):
            kept = super().handle(conn)
        return kept

    def _meet(self, conn: TConn) -> Any:
        """Agree on keys with a new client; whoever says nothing before or after that keeps no thread."""
        if not conn.data_ready and not conn.wait_for_data(STAY_MILLISECONDS / 1000):
            return _DEFER
        try:
            conn.sock.setblocking(True)
            conn.init()
        except ssl.SSLError as error:
            if error.args[0] != ssl.SSL_ERROR_EOF:
                self.handle_error(None, conn.sock, conn.client, error)
            return False
        except OSError as error:
            self.log.debug("no TLS with %s: %s", conn.client, error)
            return False
        return _is_readable(conn) or _DEFER

    def _count(self, difference: int) -> None:
        with self._lock:
            self._waiting += difference

    def _comes_another(self, conn: TConn) -> bool:
        if not (self._can_stay and self.alive and self._waiting == 0):
            return False
        if not self._places.acquire(blocking=False):
            return False
        try:
            return _is_readable(conn)
        finally:
            self._places.release()


def _is_readable(conn: TConn) -> bool:
    """Wait for the next request; what has been read ahead does not make the socket readable."""
    if conn.parser.unreader.buf.getvalue() or getattr(conn.sock, "pending", int)():
        return True
    return _polled(conn.sock, STAY_MILLISECONDS)


def _polled(sock: socket.socket, milliseconds: int) -> bool:
    poll = select.poll()
    try:
        poll.register(sock, select.POLLIN)
    except ValueError:
        # It was closed meanwhile.
        return False
    return bool(poll.poll(milliseconds))
