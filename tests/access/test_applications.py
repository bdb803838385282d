"""Finding, making and changing applications."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.access.application import Provisioning
from app.access.applications import ApplicationExists, NoSuchApplication, NoSuchSecret
from app.access.tokens import APPLICATION, Grant
from app.store.document import Document
from app.store.documents import InvalidDocuments

if TYPE_CHECKING:
    from tests.access.fakes import Access


def test_a_new_application_has_credentials(access: Access) -> None:
    """Client id and secret are made; the secret can be shown and verified."""
    application = access.applications.create("hr", author="ann", display_name="HR system")

    secret = access.applications.client_secret("hr")
    assert secret
    assert access.applications.verify_client_secret(application, secret)
    assert application.client_id
    assert access.applications.by_client_id(application.client_id) == application


def test_a_new_application_is_authorised_for_nothing(access: Access) -> None:
    """What it may do is given on its tabs, one by one."""
    application = access.applications.create("hr", author="ann")

    assert (application.scopes, application.provisioning) == (frozenset(), Provisioning())


def test_the_secret_is_in_no_document(access: Access) -> None:
    """The document refers to the secret; neither it nor a revision holds it."""
    access.applications.create("hr", author="ann")

    secret = access.applications.client_secret("hr")
    document = access.documents.get("Application", "hr")
    assert secret is not None
    assert secret not in document.text()
    assert "stored" in document.text()


def test_a_name_is_taken_once(access: Access) -> None:
    """A second application of one name is refused and leaves the first as it is."""
    first = access.applications.create("hr", author="ann")

    with pytest.raises(ApplicationExists):
        access.applications.create("hr", author="bob")

    assert access.applications.get("hr") == first


def test_an_unusual_name_is_refused(access: Access) -> None:
    """A name from a form is held to the same rules as one from a file."""
    with pytest.raises(InvalidDocuments):
        access.applications.create("../hr", author="ann")

    assert access.secrets.names() == []


def test_each_change_is_a_revision_with_its_author(access: Access) -> None:
    """The tabs of the console make revisions like any edit."""
    access.domain()
    access.applications.create("hr", author="ann", description="ours")
    access.applications.set_provisioning("hr", Provisioning("PRIMARY"), author="bob")
    access.applications.set_grants("hr", ["password"], author="carl")
    access.applications.set_apis("hr", {"SCIM2 Users API": "all"}, author="dora")
    access.applications.rename("hr", "People", author="emil")

    application = access.applications.set_enabled("hr", enabled=False, author="fred")

    authors = [revision.author for revision in access.documents.revisions("Application", "hr")]
    assert authors == ["fred", "emil", "dora", "carl", "bob", "ann"]
    assert application.provisioning.domain == "PRIMARY"
    assert application.grants == {"password"}
    assert "internal_user_mgt_create" in application.scopes
    assert (application.title, application.enabled, application.description) == ("People", False, "ours")


def test_an_unknown_domain_is_refused(access: Access) -> None:
    """The application stays where it was."""
    access.applications.create("hr", author="ann")

    with pytest.raises(InvalidDocuments, match="there is no domain NONE"):
        access.applications.set_provisioning("hr", Provisioning("NONE"), author="bob")

    assert access.applications.get("hr").provisioning == Provisioning()


def test_a_rotated_secret_ends_the_old_one(access: Access) -> None:
    """Without a grace only the new secret works, and the old one is forgotten."""
    application = access.applications.create("hr", author="ann")
    old = access.applications.client_secret("hr") or ""

    application = access.applications.rotate_secret("hr", author="ann")

    new = access.applications.client_secret("hr") or ""
    assert not access.applications.verify_client_secret(application, old)
    assert access.applications.verify_client_secret(application, new)
    assert len(access.secrets.names()) == 1


def test_a_grace_keeps_the_old_secret_for_a_while(access: Access) -> None:
    """Clients have time to change over."""
    access.applications.create("hr", author="ann")
    old = access.applications.client_secret("hr") or ""
    application = access.applications.rotate_secret("hr", author="ann", grace=timedelta(hours=1))

    during = access.applications.verify_client_secret(application, old)
    access.clock.advance(3600)
    after = access.applications.verify_client_secret(application, old)

    assert (during, after) == (True, False)


def test_a_secret_may_come_from_the_environment(access: Access) -> None:
    """An application from a file may have its secret elsewhere, and several of them."""
    access.environ["HR"] = "pässwörd"
    body = {"client_id": "hr", "client_secrets": [{"value": {"env": "MISSING"}}, {"value": {"env": "HR"}}]}
    access.apply(Document("Application", "hr", body))
    application = access.applications.get("hr")

    assert access.applications.verify_client_secret(application, "pässwörd")
    assert not access.applications.verify_client_secret(application, "")


@pytest.mark.parametrize("secret", ["", "wrong", "ü" * 10_000, "' OR 1=1 --"])
def test_a_wrong_secret_is_refused(access: Access, secret: str) -> None:
    """Neither a wrong secret nor an unknown or secretless application passes."""
    application = access.applications.create("hr", author="ann")
    access.apply(Document("Application", "bare", {"client_id": "bare"}))

    assert not access.applications.verify_client_secret(application, secret)
    assert not access.applications.verify_client_secret(access.applications.get("bare"), secret)
    assert not access.applications.verify_client_secret(None, secret)


def test_a_deleted_application_is_gone_with_its_secrets(access: Access) -> None:
    """Nothing is left that could still work."""
    application = access.applications.create("hr", author="ann")
    grant = Grant(
        client_id=application.client_id or "",
        owner_kind=APPLICATION,
        subject="hr",
        scopes=frozenset(),
        access_seconds=60,
    )
    token = access.tokens.issue(grant).access_token

    access.applications.delete("hr", author="ann")

    assert access.applications.by_client_id(application.client_id or "") is None
    assert access.tokens.verify(token) is None
    assert access.secrets.names() == []
    with pytest.raises(NoSuchApplication):
        access.applications.get("hr")


@pytest.mark.parametrize(
    ("domains", "chosen"),
    [
        pytest.param(["CORP"], "CORP", id="the only one"),
        pytest.param(["CORP", "PRIMARY"], "PRIMARY", id="PRIMARY"),
        pytest.param(["A", "B"], None, id="no telling"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_resident_application_finds_its_domain(
    access: Access, domains: list[str], chosen: str | None
) -> None:
    """Without a document it is the only domain, or the one named PRIMARY."""
    for domain in domains:
        access.domain(domain)

    assert access.applications.resident().provisioning == Provisioning(chosen)


def test_the_resident_application_can_be_configured(access: Access) -> None:
    """A document named resident takes the place of the built-in one."""
    access.domain("A")
    access.domain("B")
    access.apply(Document("Application", "resident", {"provisioning": {"domain": "B"}}))

    assert access.applications.resident().provisioning == Provisioning("B")
    assert access.applications.resident().scopes == frozenset()


def test_the_resident_application_becomes_a_document_when_changed(access: Access) -> None:
    """Choosing its domain makes the document; what it may do stays."""
    access.domain("A")
    access.domain("B")
    before = access.applications.get("resident")

    after = access.applications.set_provisioning("resident", Provisioning("B"), author="ann")

    assert access.applications.resident() == after
    assert after.provisioning == Provisioning("B")
    assert (after.scopes, after.title) == (before.scopes, before.title)


def test_the_resident_application_s_name_is_taken(access: Access) -> None:
    """It is there before its document is."""
    with pytest.raises(ApplicationExists):
        access.applications.create("resident", author="ann")


def test_applications_are_listed_by_name(access: Access) -> None:
    """The list is in a steady order."""
    for name in ("b", "a"):
        access.applications.create(name, author="ann")

    assert [application.name for application in access.applications.list()] == ["a", "b"]


def test_one_more_secret_works_beside_the_others(access: Access) -> None:
    """Until it expires, where it is said for how long."""
    access.applications.create("hr", author="ann")
    first = access.applications.client_secret("hr") or ""

    added = access.applications.add_secret("hr", author="ann", lifetime=timedelta(hours=1))

    application = access.applications.get("hr")
    assert access.applications.verify_client_secret(application, first)
    assert access.applications.verify_client_secret(application, added)
    access.clock.advance(3600)
    assert not access.applications.verify_client_secret(application, added)
    assert access.applications.verify_client_secret(application, first)


def test_one_secret_is_removed(access: Access) -> None:
    """The others stay; what was removed is forgotten."""
    access.applications.create("hr", author="ann")
    first = access.applications.client_secret("hr") or ""
    added = access.applications.add_secret("hr", author="ann")
    secrets = access.applications.get("hr").client_secrets

    access.applications.remove_secret("hr", secrets[1].id, author="ann")

    application = access.applications.get("hr")
    assert application.client_secrets == secrets[:1]
    assert access.applications.verify_client_secret(application, added)
    assert not access.applications.verify_client_secret(application, first)
    assert access.secrets.names() == [secrets[0].value.name]
    with pytest.raises(NoSuchSecret):
        access.applications.remove_secret("hr", "none", author="ann")


def test_there_is_an_end_to_secrets(access: Access) -> None:
    """Ten will do; the one too many is not kept either."""
    access.applications.create("hr", author="ann")
    for _ in range(9):
        access.applications.add_secret("hr", author="ann")

    with pytest.raises(InvalidDocuments):
        access.applications.add_secret("hr", author="ann")

    assert len(access.secrets.names()) == 10
