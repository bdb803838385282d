"""Each refusal of a directory becomes the right SCIM error, in words that name no entry."""

import pytest
from structlog.testing import capture_logs

from app.directory import errors as directory
from app.directory.dn import Dn
from app.directory.model import Delete
from app.directory.plan import PlanFailed, Step
from app.provisioning.failures import failed_plan, to_scim_error
from app.scim import errors as scim
from tests.mapping.samples import read_map
from tests.provisioning.conftest import memory_ground

MAP = memory_ground().domain().maps["User"]


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (directory.EntryExists("x"), scim.UniquenessConflict, "^userName: .* exists"),
        (directory.NoSuchEntry("x"), scim.NotFound, "not there any more"),
        (directory.NotALeaf("x"), scim.Conflict, "below"),
        (directory.PasswordRejected("x", diagnostic="too short"), scim.InvalidValue, "password: .*too short"),
        (directory.PasswordKept("x", reason="too young"), scim.MutabilityError, "password: .*too young"),
        (
            directory.ConstraintViolation("x", diagnostic="some attributes not unique"),
            scim.UniquenessConflict,
            "taken",
        ),
        (directory.ConstraintViolation("x", diagnostic="mail: bad"), scim.InvalidValue, r"emails\[work\]"),
        (directory.SchemaViolation("x", diagnostic="sn: too long"), scim.InvalidValue, "name.familyName"),
        (directory.SchemaViolation("x"), scim.InvalidValue, "schema"),
        (directory.LimitExceeded("x"), scim.TooMany, "limit"),
        (directory.InsufficientAccess("x"), scim.ServerError, "service account"),
        (directory.InvalidCredentials("x"), scim.ServiceUnavailable, "at present"),
        (directory.InsecureConnection("x"), scim.ServiceUnavailable, "at present"),
        (directory.Unavailable("x"), scim.ServiceUnavailable, "at present"),
        (directory.OutcomeUnknown("x"), scim.ServiceUnavailable, "may or may not"),
        (directory.Refused("x", reason="the group is needed"), scim.Conflict, "the group is needed"),
        (directory.Refused("uid=jo,dc=org"), scim.ServerError, "refused.*log"),
        (directory.Refused("x", code=80), scim.ServerError, "error of its own.*log"),
    ],
)
def test_every_error(error: directory.DirectoryError, expected: type[scim.ScimError], words: str) -> None:
    """An error of the directory is one of SCIM, and says what to do about it."""
    found = to_scim_error(error, MAP)

    assert type(found) is expected
    with pytest.raises(expected, match=words):
        raise found
    assert "uid=jo" not in found.detail


@pytest.mark.parametrize(
    "name",
    [
        "uid=jo,dc=org",
        "CN=O'Neil\\, jo,OU=The Staff, dc=org",
        "<GUID=1>;CN=jo,DC=org",
        "1.2.840.113556=1,2.5.4.3=jo,dc=org",
    ],
)
@pytest.mark.parametrize("kind", [directory.SchemaViolation, directory.PasswordRejected])
def test_no_entry_is_named(kind: type[directory.DirectoryError], name: str) -> None:
    """A server's message is told without the names of entries that it has."""
    found = to_scim_error(kind("x", diagnostic=f"the attribute sn of '{name}' is wrong"), MAP)

    assert found.detail.endswith("is wrong")
    assert "jo" not in found.detail
    assert "org" not in found.detail


def test_what_an_attribute_is_made_of() -> None:
    """Where a map makes an attribute of others, it is those that the client can change."""
    made = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry:
  object_classes: [person]
  scope: (cn=*)
  rdn: cn
  attributes: {cn: "{userName}", gecos: "{name.givenName} {name.familyName}", street: none}
attributes:
  userName: uid
""")
    refused = {
        "gecos: too long": "name.givenName, name.familyName: ",
        "street: too long": "The resource: ",
        "invalid DN": "userName: the directory refuses the value: it is too long",
        "invalid new RDN": "userName: the directory refuses the value: it is too long",
        "uid too short": "userName: ",
    }

    for diagnostic, beginning in refused.items():
        error = to_scim_error(directory.SchemaViolation("x", diagnostic=diagnostic), made)
        assert error.detail.startswith(beginning)


def test_what_administrators_are_told() -> None:
    """The directory's own words go with the error, and to the log where no client can do anything about it."""
    full = directory.Refused(
        "adding uid=jo,dc=org", code=80, diagnostic="index generation\n failed " + "x" * 999
    )

    with capture_logs() as logs:
        found = to_scim_error(full, MAP)
        to_scim_error(directory.EntryExists("x", code=68), MAP)

    assert found.background.startswith("LDAP result 80: index generation failed xxx")
    assert len(found.background) < 600
    assert "index" not in found.detail
    assert [(log["event"], log["code"]) for log in logs] == [("directory_failed", 80)]
    assert to_scim_error(directory.Unavailable("x", diagnostic="Connection refused")).background == (
        "Connection refused"
    )


def test_undone_plan() -> None:
    """A plan that was undone is told like its cause."""
    found = failed_plan(PlanFailed(directory.EntryExists("x"), left=()), MAP)

    assert isinstance(found, scim.UniquenessConflict)


def test_half_done_plan() -> None:
    """What could not be undone is told, by its kind."""
    left = (Step(Delete(Dn.parse("uid=jo,dc=org"))),)

    found = failed_plan(PlanFailed(directory.EntryExists("x"), left=left), MAP)

    assert isinstance(found, scim.ServerError)
    assert found.detail.endswith("these steps could not be undone: Delete.")


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        pytest.param(1, "Read the resource before trying again.", id="one"),
        pytest.param(
            2,
            "These steps before it were made: Delete. "
            "Landbridge will find out, and undo what was made in part, as soon as the directory can be reached.",
            id="two",
        ),
    ],
)
def test_unknown_step(steps: int, ending: str) -> None:
    """Of a step that may have been made nobody is told that it was, nor that it will be undone."""
    left = (Step(Delete(Dn.parse("uid=jo,dc=org"))),) * steps

    found = failed_plan(PlanFailed(directory.OutcomeUnknown("x"), left=left), MAP, is_followed_up=True)

    assert isinstance(found, scim.ServiceUnavailable)
    assert found.detail.startswith("The connection to the directory was lost after the change was sent")
    assert found.detail.endswith(ending)
