"""SCIM requests end in a directory: what each does, how often it asks, and what is recorded of it."""

import pytest

from app.directory.dn import Dn
from app.directory.errors import InvalidCredentials
from app.directory.model import Change, Delete, Modify, Rename, Search
from app.provisioning.domain_target import DomainTarget
from app.provisioning.names import Seen
from app.provisioning.target import Query
from app.scim.client_profile import ClientProfile
from app.scim.errors import (
    InvalidValue,
    NoTarget,
    NotFound,
    PreconditionFailed,
    ScimError,
    UniquenessConflict,
)
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.patch_operations import parse_patch
from app.scim.path import AttributePath
from app.scim.resource import Resource, is_complex
from app.scim.schema import Value
from app.testing.server import DirectoryServer
from tests.provisioning.conftest import RESOURCE_TYPES, Ground, memory_ground, shown, user

USER = RESOURCE_TYPES["User"]


def everything(_path: AttributePath) -> bool:
    """Want all attributes."""
    return True


def id_of(resource: Resource) -> str:
    """Return a resource's id."""
    return str(resource.attributes["id"])


def version_of(resource: Resource) -> str:
    """Return a resource's version, without quotes."""
    meta = resource.attributes["meta"]
    assert is_complex(meta)
    return str(meta["version"]).strip('"')


def patch(
    target: DomainTarget, resource: Resource, *operations: Value, version: str | None = None
) -> Resource:
    """Send a PATCH."""
    return target.patch(id_of(resource), parse_patch({"Operations": list(operations)}, USER), version=version)


def names(target: DomainTarget, text: str | None = None) -> list[object]:
    """List userNames."""
    condition = resolve(parse(text), USER) if text else None
    page = target.search(Query(filter=condition), wants=everything)
    return [resource.attributes["userName"] for resource in page.resources]


class Contract:
    """What holds on every directory."""

    def test_create_and_read(self, ground: Ground) -> None:
        """What is created is read again as it was sent, in as few round trips as the product allows."""
        sent = user(
            name={"givenName": "Jo", "familyName": "Doe"},
            emails=[{"value": "jo@example.org", "type": "work"}],
        )

        created = ground.target().create(sent)
        create_trips = ground.directory.take()
        read = ground.target().read(id_of(created), wants=everything)
        formatted = {"formatted": "Jo Doe"} if ground.product.shows_formatted else {}

        assert create_trips == list(ground.product.creating)
        assert ground.directory.take() == ["search"]
        assert read == created
        assert [done.resource_id for done in ground.recorded] == [id_of(created)]
        assert shown(read) == {
            "userName": "jo",
            "name": {**formatted, "givenName": "Jo", "familyName": "Doe"},
            "emails": [{"value": "jo@example.org", "type": "work", "primary": True}],
            "active": ground.product.is_open_at_once,
        }

    def test_password(self, ground: Ground) -> None:
        """A password is set by the server itself, opens the account, and is shown nowhere."""
        created = ground.target().create(user(password="correct horse"))

        assert ground.directory.take() == list(ground.product.creating_with_password)
        ground.directory.authenticate(ground.dn("jo"), "correct horse")
        assert "password" not in created.attributes
        assert "correct horse" not in ground.recorded[0].plan.render() + repr(ground.recorded)

    def test_disable_and_enable(self, ground: Ground) -> None:
        """active=false closes the account, active=true opens it, twice is as good as once."""
        created = ground.target().create(user(password="secret"))
        dn = ground.dn("jo")

        for wanted in (False, False, True):
            patched = patch(ground.target(), created, {"op": "replace", "path": "active", "value": wanted})
            assert patched.attributes["active"] is wanted
            assert names(ground.target(), f"active eq {str(wanted).lower()}") == ["jo"]
            assert names(ground.target(), f"active eq {str(not wanted).lower()}") == []
        ground.directory.authenticate(dn, "secret")

    def test_created_disabled(self, ground: Ground) -> None:
        """A user may be created disabled."""
        created = ground.target().create(user(active=False))

        assert created.attributes["active"] is False
        assert ground.directory.take() == list(ground.product.creating)

    def test_user_name_is_taken(self, ground: Ground) -> None:
        """A userName can be had once, whatever its case."""
        ground.target().create(user())

        with pytest.raises(UniquenessConflict):
            ground.target().create(user(userName="JO"))
        assert [done.error is None for done in ground.recorded] == [True, False]

    def test_patch_writes_what_changed(self, ground: Ground) -> None:
        """A PATCH is one search and one modify of just what it changes."""
        created = ground.target().create(user(title="Clerk", name={"familyName": "Doe"}))
        ground.directory.take()

        patched = patch(ground.target(), created, {"op": "replace", "path": "title", "value": "Chief"})

        assert ground.directory.take() == list(ground.product.changing)
        assert patched.attributes["title"] == "Chief"
        assert "\ntitle: Chief\n-" in ground.recorded[-1].plan.render()
        assert "sn" not in ground.recorded[-1].plan.render()
        assert version_of(ground.target().read(id_of(created))) != version_of(created)

    def test_replace_of_nothing(self, ground: Ground) -> None:
        """A replace of an element that is not there is refused, unless the application's client means to make it."""
        created = ground.target().create(user())
        change = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "jo@example.org"}

        with pytest.raises(NoTarget):
            patch(ground.target(), created, change)
        ground.client = ClientProfile(create_on_replace=True)
        patched = patch(ground.target(), created, change)

        assert patched.attributes["emails"] == [{"value": "jo@example.org", "type": "work", "primary": True}]

    def test_patch_that_changes_nothing(self, ground: Ground) -> None:
        """A PATCH to what is there already writes nothing and keeps the version."""
        created = ground.target().create(user(title="Clerk"))
        ground.directory.take()

        patched = patch(ground.target(), created, {"op": "add", "path": "title", "value": "Clerk"})

        assert ground.directory.take() == ["search"]
        assert patched == created

    def test_rename(self, ground: Ground) -> None:
        """A changed userName renames the entry; the id stays."""
        created = ground.target().create(user(title="Clerk"))

        operations = {"userName": "joe", "title": "Chief"}
        patched = patch(ground.target(), created, {"op": "replace", "value": operations})

        assert id_of(patched) == id_of(created)
        assert (patched.attributes["userName"], patched.attributes["title"]) == ("joe", "Chief")
        assert shown(ground.target().read(id_of(created))) == shown(patched)

    def test_rename_onto_another(self, ground: Ground) -> None:
        """A userName that is taken is refused and nothing changes."""
        created = ground.target().create(user(title="Clerk"))
        ground.target().create(user(userName="joe"))

        with pytest.raises(UniquenessConflict):
            patch(ground.target(), created, {"op": "replace", "value": {"userName": "joe", "title": "Chief"}})
        assert ground.target().read(id_of(created), wants=everything) == created

    def test_replace(self, ground: Ground) -> None:
        """A PUT removes what it leaves out and keeps what it cannot know."""
        created = ground.target().create(user(title="Clerk", password="secret", displayName="Jo"))
        ground.directory.take()

        replaced = ground.target().replace(id_of(created), user(displayName="Joe"))

        assert ground.directory.take() == list(ground.product.changing)
        assert replaced.attributes.get("title") is None
        assert replaced.attributes["displayName"] == "Joe"
        ground.directory.authenticate(ground.dn("jo"), "secret")

    def test_change_of_password(self, ground: Ground) -> None:
        """A PATCH of the password replaces it."""
        created = ground.target().create(user(password="old"))

        patch(ground.target(), created, {"op": "replace", "value": {"password": "new one", "title": "Chief"}})

        dn = ground.dn("jo")
        ground.directory.authenticate(dn, "new one")
        with pytest.raises(InvalidCredentials):
            ground.directory.authenticate(dn, "old")

    def test_delete(self, ground: Ground) -> None:
        """What is deleted is gone, and its name is free."""
        created = ground.target().create(user())
        ground.directory.take()

        ground.target().delete(id_of(created))

        assert ground.directory.take() == list(ground.product.deleting)
        with pytest.raises(NotFound):
            ground.target().read(id_of(created), wants=everything)
        with pytest.raises(NotFound):
            ground.target().delete(id_of(created))
        assert id_of(ground.target().create(user())) != id_of(created)

    def test_delete_of_what_nobody_has_seen(self, ground: Ground) -> None:
        """Where the entry's name is not known it is looked up."""
        created = ground.target().create(user())
        ground.seen.forget(id_of(created))
        ground.directory.take()

        ground.target().delete(id_of(created))

        assert ground.directory.take() == ["search", "Delete"]
        assert names(ground.target()) == []

    def test_delete_finds_another_entry_of_that_name(self, ground: Ground) -> None:
        """Whoever got the name since is not deleted in the place of who had it, be it still there or not."""
        created = ground.target().create(user())
        patch(ground.target(), created, {"op": "replace", "path": "userName", "value": "joe"})
        other = ground.target().create(user())
        ground.seen.keep(id_of(created), Seen(ground.dn("jo")))

        ground.target().delete(id_of(created))
        assert id_of(ground.target().read(id_of(other))) == id_of(other)
        ground.seen.keep(id_of(created), Seen(ground.dn("jo")))
        with pytest.raises(NotFound):
            ground.target().delete(id_of(created))
        assert names(ground.target()) == ["jo"]

    def test_delete_finds_a_moved_entry(self, ground: Ground) -> None:
        """Who has another name since is found by the id."""
        created = ground.target().create(user())
        ground.directory.execute(Rename(ground.dn("jo"), ground.dn("joe").rdn))

        ground.target().delete(id_of(created))

        assert list(ground.directory.search(Search(ground.people, "one"))) == []

    def test_delete_of_another_type(self, ground: Ground) -> None:
        """What is no resource of the type is not deleted as one, wherever it was seen."""
        created = ground.target().create(user())

        with pytest.raises(NotFound):
            ground.target("Group").delete(id_of(created))
        assert names(ground.target()) == ["jo"]

    def test_versions(self, ground: Ground) -> None:
        """A write for a version that is gone is refused; for the present one it is made."""
        created = ground.target().create(user())
        change = {"op": "replace", "path": "title", "value": "Chief"}
        patched = patch(ground.target(), created, change, version=version_of(created))

        with pytest.raises(PreconditionFailed):
            patch(ground.target(), created, change, version=version_of(created))
        with pytest.raises(PreconditionFailed):
            ground.target().delete(id_of(created), version=version_of(created))
        ground.target().delete(id_of(created), version=version_of(patched))

    def test_somebody_was_faster(self, ground: Ground) -> None:
        """A change that somebody else makes between our read and our write is not lost."""
        created = ground.target().create(user())
        dn = ground.dn("jo")
        search = ground.directory.inner.search

        def interfere(wanted: Search) -> object:
            found = list(search(wanted))
            if "Modify" not in ground.directory.asked:
                change = Change("replace", "displayName", (b"Theirs",))
                ground.directory.inner.execute(Modify(dn, (change,)))
            return iter(found)

        ground.directory.take()
        ground.directory.search = interfere  # type: ignore[method-assign, assignment]
        patched = patch(ground.target(), created, {"op": "replace", "path": "title", "value": "Ours"})

        read = shown(ground.target().read(id_of(patched)))
        assert (read["displayName"], read["title"]) == ("Theirs", "Ours")

    def test_lists(self, ground: Ground) -> None:
        """A list is cut into pages, with the total of all."""
        for name in ("ann", "bob", "cid"):
            ground.target().create(user(userName=name))

        page = ground.target().search(Query(start_index=2, count=1), wants=everything)

        assert (page.total, page.start_index, len(page.resources)) == (3, 2, 1)
        assert sorted(map(str, names(ground.target()))) == ["ann", "bob", "cid"]
        assert names(ground.target(), 'userName eq "BOB"') == ["bob"]
        assert names(ground.target(), 'userName eq "b*"') == []
        assert ground.target().search(Query(count=0), wants=everything).total == 3

    def test_unknown_id(self, ground: Ground) -> None:
        """What is no id, or nobody's, is not found."""
        for unknown in ("x", "*", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(NotFound):
                ground.target().read(unknown, wants=everything)

    def test_removed_behind_our_back(self, ground: Ground) -> None:
        """An entry that somebody else deletes is gone for SCIM too."""
        created = ground.target().create(user())
        ground.directory.execute(Delete(ground.dn("jo")))

        with pytest.raises(NotFound):
            patch(ground.target(), created, {"op": "replace", "path": "title", "value": "x"})


class TestInMemory(Contract):
    """The contract, in memory."""

    @pytest.fixture
    def ground(self) -> Ground:
        """Give a domain in memory."""
        return memory_ground()


class TestOnLdap(Contract):
    """The contract on real directories, and what only they can refuse."""

    @pytest.fixture
    def ground(self, ldap_ground: Ground) -> Ground:
        """Give a domain on a real directory."""
        return ldap_ground

    def test_value_that_the_directory_refuses(self, ground: Ground) -> None:
        """A value that the directory's schema refuses is the client's mistake, named by its SCIM attribute."""
        with pytest.raises(InvalidValue, match=r"emails\[work\]"):
            ground.target().create(user(emails=[{"value": "jö@example.org"}]))
        assert names(ground.target()) == []

    def test_password_that_the_directory_refuses(self, ground: Ground, openldap: DirectoryServer) -> None:
        """Where the server's rules refuse the password, it is said so and the entry is not left behind."""
        policy = f"dn: cn=default,ou=Policies,{openldap.base_dn}\nchangetype: modify\n"
        openldap.modify(
            policy + "add: pwdCheckQuality\npwdCheckQuality: 2\n-\nadd: pwdMinLength\npwdMinLength: 12\n"
        )
        try:
            with pytest.raises(InvalidValue, match=r"^password: "):
                ground.target().create(user(password="short"))
        finally:
            openldap.modify(policy + "delete: pwdCheckQuality\n-\ndelete: pwdMinLength\n")

        assert names(ground.target()) == []
        assert [type(done.error) for done in ground.recorded] == [InvalidValue]

    def test_container_is_missing(self, ground: Ground) -> None:
        """Where the container does not exist, nothing is made."""
        ground.base = Dn.parse("dc=nowhere,dc=example,dc=org")

        with pytest.raises(ScimError):
            ground.target().create(user())
