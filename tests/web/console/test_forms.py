"""What was refused stands in the form, with what administrators are told besides."""

from __future__ import annotations

import pytest

from app.scim.errors import InvalidValue, ScimError, ServerError
from app.web.console.forms import Form


def _with(error: ScimError, background: str) -> ScimError:
    error.background = background
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            _with(ServerError("The directory failed."), "LDAP result 80: full"),
            ["The directory failed.", "The directory says: LDAP result 80: full"],
            id="nothing-that-one-can-mend-here",
        ),
        pytest.param(
            _with(InvalidValue("It is too long."), "LDAP result 19: too long"),
            ["It is too long."],
            id="something-that-one-can",
        ),
    ],
)
def test_what_the_directory_says(error: ScimError, told: list[str]) -> None:
    """Its own words are shown where the others do not tell what to do."""
    form = Form()

    with form:
        raise error

    assert [problem.message for problem in form.problems] == told
