"""Somebody looks after the servers while their directory is in use, once in each process."""

import gc
import threading
from threading import Event

from app.directory.servers.watch import Watch
from tests.waiting import wait_until


class Owner:
    """Counts the looks."""

    def __init__(self) -> None:
        self.looks = 0
        self.looked = Event()
        self.watch = Watch(self.look)

    def look(self) -> None:
        """Count."""
        self.looks += 1
        self.looked.set()


def watching() -> list[threading.Thread]:
    """Return the threads that watch."""
    return [thread for thread in threading.enumerate() if thread.name == "directory-watch"]


def test_one_thread_until_the_end() -> None:
    """However often it is begun one thread watches, none after the end, and another one when it is begun again."""
    before = set(watching())
    owner = Owner()

    owner.watch.begin()
    owner.watch.begin()
    assert len(set(watching()) - before) == 1
    assert owner.looked.wait(30)
    owner.watch.end()
    wait_until(lambda: not set(watching()) - before)
    owner.watch.begin()
    assert len(set(watching()) - before) == 1
    owner.watch.end()


def test_begun_by_two_at_once() -> None:
    """Who comes second finds it begun."""
    owner = Owner()
    before = set(watching())

    owner.watch.begin()
    owner.watch._begin()  # noqa: SLF001 - two threads at one moment cannot be arranged from outside

    assert len(set(watching()) - before) == 1
    owner.watch.end()


def test_owner_goes() -> None:
    """A directory that nobody has any more is not kept by its watch."""
    before = set(watching())
    Owner().watch.begin()
    gc.collect()

    wait_until(lambda: not set(watching()) - before)
