"""Who this process is, so that others can tell whether it still lives: on the same machine at once, elsewhere by time."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19
"""Where a process's start time stands in /proc/<pid>/stat, counted behind its name (proc(5))."""


def this_process() -> str:
    """Name this process: where it runs, its id, and when it was started."""
    return _named(os.getpid())


def lives(name: str) -> bool | None:
    """Tell whether a process lives; None of one that runs elsewhere, or did."""
    place, pid, _ = name.rsplit("/", 2)
    if place != _place():
        return None
    return f"{place}/{pid}/{_started(int(pid))}" == name


def has_ended(name: str) -> bool:
    """Tell whether a process is known to have ended; one that runs elsewhere is not known here."""
    return lives(name) is False


@cache
def _named(pid: int) -> str:
    return f"{_place()}/{pid}/{_started(pid)}"


@cache
def _place() -> str:
    """Name what process ids belong to: a start of the machine, and a container on it."""
    try:
        return f"{_BOOT.read_text(encoding='ascii').strip()}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:  # pragma: no cover - not on Linux
        return socket.gethostname()


def _started(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    # A zombie has ended: it only waits for its parent to take notice.
    return "" if fields[0] == "Z" else fields[_STARTED]
