"""Consoles over a new store: a stranger's, and those of each role."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.access.administrators import Role
from app.store.loading import load
from tests.web.console.fakes import CONFIG, Console, open_console, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store once, for tests to begin with a copy."""
    directory = tmp_path_factory.mktemp("console")
    prepare(directory)
    return directory


@pytest.fixture(scope="session")
def shipped(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store with the shipped documents once, for the same."""
    directory = shutil.copytree(prepared, tmp_path_factory.mktemp("shipped") / "data")
    console = open_console(directory)
    console.services.documents.apply(load([CONFIG]).documents, author="test")
    console.close()
    return directory


@pytest.fixture
def empty(prepared: Path, tmp_path: Path) -> Iterator[Console]:
    """Open the console of a service without documents, as an administrator."""
    console = open_console(shutil.copytree(prepared, tmp_path / "data"))
    console.sign_in()
    yield console
    console.close()


@pytest.fixture
def stranger(shipped: Path, tmp_path: Path) -> Iterator[Console]:
    """Open the console of a service with the shipped documents, without signing in."""
    console = open_console(shutil.copytree(shipped, tmp_path / "data"))
    yield console
    console.close()


@pytest.fixture
def administrator(stranger: Console) -> Console:
    """Sign in as administrator."""
    stranger.sign_in(Role.ADMINISTRATOR)
    return stranger


@pytest.fixture
def operator(stranger: Console) -> Console:
    """Sign in as operator."""
    stranger.sign_in(Role.OPERATOR)
    return stranger


@pytest.fixture
def viewer(stranger: Console) -> Console:
    """Sign in as viewer."""
    stranger.sign_in(Role.VIEWER)
    return stranger
