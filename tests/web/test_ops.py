"""Whether the service is ready, and who is told what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.web.console.conftest import prepared as prepared_fixture
from tests.web.console.conftest import shipped as shipped_fixture
from tests.web.console.conftest import stranger as stranger_fixture

if TYPE_CHECKING:
    from tests.web.console.fakes import Console

prepared, shipped, stranger = prepared_fixture, shipped_fixture, stranger_fixture


NOTHING_WRONG: dict[str, list[str]] = {"unusable_domains": [], "unreachable_domains": []}


def _ready(console: Console, address: str, **arguments: Any) -> Any:
    answer = console.http.get("/readyz", environ_overrides={"REMOTE_ADDR": address}, **arguments)
    assert answer.status_code == 200
    return answer.json


@pytest.mark.parametrize(
    ("address", "auth", "is_told"),
    [
        pytest.param("127.0.0.1", None, True, id="here"),
        pytest.param("192.0.2.1", None, False, id="stranger"),
        pytest.param("192.0.2.1", ("admin", "wrong"), False, id="wrong-password"),
        pytest.param("192.0.2.1", ("admin", "admin"), True, id="administrator"),
    ],
)
def test_unusable_domains_are_named_to_those_who_may_know(
    stranger: Console,
    address: str,
    auth: tuple[str, str] | None,
    is_told: bool,  # noqa: FBT001 - an expectation
) -> None:
    """The names of user stores are nothing for strangers; that the service is ready is."""
    answer = _ready(stranger, address, auth=auth)

    assert answer == {"status": "ok", **(NOTHING_WRONG if is_told else {})}
