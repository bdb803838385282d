"""A service over a directory in memory."""

from __future__ import annotations

from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture
