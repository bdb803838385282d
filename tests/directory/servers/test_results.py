"""What servers say beside their result codes tells cases apart that have one code."""

import pytest

from app.directory.errors import ConstraintViolation, DirectoryError, PasswordRejected, ValueTaken
from app.directory.servers.results import check


@pytest.mark.parametrize(
    ("message", "is_password", "kind"),
    [
        pytest.param("non-unique attributes found with (uid=x)", False, ValueTaken, id="slapo-unique"),
        pytest.param("some attributes not unique", False, ValueTaken, id="slapo-unique-before-2.5"),
        pytest.param("jpegPhoto: value too large", False, ConstraintViolation, id="another-rule"),
        pytest.param("some attributes not unique", True, PasswordRejected, id="a-password"),
    ],
)
def test_constraints(message: str, kind: type[DirectoryError], *, is_password: bool) -> None:
    """A value that another entry has is told from one that breaks a rule."""
    result = {"result": 19, "description": "constraintViolation", "message": message}

    with pytest.raises(ConstraintViolation) as caught:
        check(result, doing="x", is_password=is_password)

    assert type(caught.value) is kind
