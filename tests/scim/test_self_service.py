"""What users may change of themselves is what is named, as far as it is there and can be written."""

from app.scim.path import AttributePath
from app.scim.self_service import allowed_paths
from tests.scim.samples import USER


def test_names_that_allow_nothing() -> None:
    """Neither what the type does not have, nor what nobody can write, nor what is no name."""
    named = ["title", "name.givenName", "shoeSize", "id", "groups", "["]

    assert allowed_paths(named, USER) == {AttributePath("title"), AttributePath("name")}
