"""What users may change of themselves is what is named, as far as it is there and can be written."""

import pytest

from app.scim.errors import Forbidden
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.self_service import allowed_paths, refuse_without_current
from tests.scim.samples import USER

CURRENT = "urn:landbridge:scim:schemas:extension:account:1.0:User:currentPassword"


def test_names_that_allow_nothing() -> None:
    """Neither what the type does not have, nor what nobody can write, nor what is no name."""
    named = ["title", "name.givenName", "shoeSize", "id", "groups", "["]

    assert allowed_paths(named, USER) == {AttributePath("title"), AttributePath("name")}


def change(*paths: str) -> list[str]:
    """Change passwords; return what may be changed."""
    values = [{"op": "replace", "path": path, "value": "secret"} for path in paths]
    refuse_without_current(
        parse_patch({"Operations": values}, USER), allowed_paths(["password", "title", CURRENT], USER)
    )
    return list(paths)


def test_password_until_now() -> None:
    """Who may send the password until now must, to change the password; other changes do without."""
    assert change("password", CURRENT)
    assert change("title")
    with pytest.raises(Forbidden, match=r"^password: users change it together with urn:.*:currentPassword"):
        change("password", "title")


def test_password_alone() -> None:
    """Where it is not listed a new password is enough."""
    operations = parse_patch({"Operations": [{"op": "replace", "path": "password", "value": "x"}]}, USER)

    refuse_without_current(operations, allowed_paths(["password"], USER))
