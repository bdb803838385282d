"""Documents in force, their revisions, and changes that are all or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from app.store.document import Document, Problem
from app.store.documents import FILE, Documents, InvalidDocuments, NoSuchDocument, Outcome
from tests.store.fakes import DOMAIN, NOON, domain, route

if TYPE_CHECKING:
    from app.store.database import Database
    from tests.store.fakes import FrozenClock


def _refused(documents: Documents, *wanted: Document) -> list[str]:
    with pytest.raises(InvalidDocuments) as caught:
        documents.apply(wanted, author="ann")
    return [str(problem) for problem in caught.value.problems]


def test_a_new_document_is_created(documents: Documents) -> None:
    """The first application of a document is its revision 1."""
    applied = documents.apply([domain()], author="ann", comment="start", origin="cli")

    assert applied.outcomes == (Outcome("Domain", "PRIMARY", "created", 1),)
    assert documents.get("Domain", "PRIMARY") == domain()


def test_a_changed_document_gets_a_revision(documents: Documents, clock: FrozenClock) -> None:
    """Each revision tells who, when, why and from where, newest first."""
    documents.apply([domain()], author="ann", comment="start", origin="cli")
    clock.advance(60)

    documents.apply([domain(size=2)], author="bob", comment="more", origin="console")

    newest, oldest = documents.revisions("Domain", "PRIMARY")
    assert (newest.number, newest.author, newest.comment, newest.origin) == (2, "bob", "more", "console")
    assert (oldest.number, oldest.time, oldest.document) == (1, NOON, domain())


def test_an_unchanged_document_makes_no_revision(documents: Documents) -> None:
    """Applying the same again changes neither the revisions nor the generation."""
    before = documents.apply([domain()], author="ann")

    after = documents.apply([domain()], author="bob")

    assert after.outcomes == (Outcome("Domain", "PRIMARY", "unchanged", 1),)
    assert after.generation == before.generation


def test_true_is_not_one() -> None:
    """A change from 1 to true is a change, though Python finds them equal."""
    before, after = (Document("Domain", "P", {"url": "x", "size": size}) for size in (1, True))

    assert before.digest != after.digest


def test_every_change_makes_a_new_generation(documents: Documents) -> None:
    """The generation grows with a creation, a change and a deletion."""
    generations = [
        documents.generation(),
        documents.apply([domain()], author="ann").generation,
        documents.apply([domain(size=2)], author="ann").generation,
        documents.delete("Domain", "PRIMARY", author="ann").generation,
        documents.generation() + 1,
    ]

    assert generations == sorted(set(generations))


def test_one_bad_document_refuses_them_all(documents: Documents) -> None:
    """Of a change with a bad document nothing is applied, and what was in force stays."""
    documents.apply([domain()], author="ann")

    problems = _refused(documents, domain(size=5), domain("OTHER", size=0))

    assert problems == ["Domain OTHER: size: Must be greater than or equal to 1."]
    assert documents.list("Domain") == [domain()]


def test_all_problems_are_told_at_once(documents: Documents) -> None:
    """Each wrong key of each document is in the refusal."""
    wrong = Document("Domain", "P", {"bind": {"password": "hunter2"}, "extra": 1})

    problems = _refused(documents, wrong, Document("Nothing", "x", {}))

    assert [problem.split(": ")[:2] for problem in problems] == [
        ["Domain P", "url"],
        ["Domain P", "bind.dn"],
        ["Domain P", "bind.password"],
        ["Domain P", "extra"],
        ["Nothing x", "kind"],
    ]


def test_a_secret_in_plain_is_refused_and_not_repeated(documents: Documents) -> None:
    """The refusal tells the three ways to refer to a secret, and keeps the secret to itself."""
    [problem] = _refused(documents, domain(bind={"dn": "cn=a", "password": "hunter2"}))

    assert "hunter2" not in problem
    assert all(form in problem for form in ("{env: NAME}", "{file: path}", "{stored: NAME}"))


def test_a_dict_key_is_named_without_the_library_s_steps(documents: Documents) -> None:
    """A wrong value in a Dict field is found under its own key."""
    assert _refused(documents, domain(attributes={"mail": 1})) == [
        "Domain PRIMARY: attributes.mail: Not a valid string."
    ]


def test_a_list_element_is_named_by_its_index(documents: Documents) -> None:
    """A wrong element is found by its place, from 0."""
    assert _refused(documents, domain(roles=["a", 2])) == ["Domain PRIMARY: roles.1: Not a valid string."]


def test_a_reference_to_nothing_is_refused(documents: Documents) -> None:
    """What one document needs of another is checked."""
    assert _refused(documents, route()) == ["Route hr: domain: there is no domain PRIMARY"]


def test_documents_that_need_each_other_come_together(documents: Documents) -> None:
    """A check sees the whole as it would be after the change, whatever the order."""
    applied = documents.apply([route(), domain()], author="ann")

    assert [outcome.result for outcome in applied.outcomes] == ["created", "created"]


def test_a_document_in_use_cannot_be_deleted(documents: Documents) -> None:
    """The deletion is refused with the problem that it would make elsewhere."""
    documents.apply([route(), domain()], author="ann")

    with pytest.raises(InvalidDocuments) as caught:
        documents.delete("Domain", "PRIMARY", author="ann")

    assert caught.value.problems == (
        Problem("there is no domain PRIMARY", kind="Route", name="hr", key="domain"),
    )


def test_two_documents_of_one_name_are_refused(documents: Documents) -> None:
    """One change holds a document once."""
    assert _refused(documents, domain(), domain(size=2)) == [
        "Domain PRIMARY: name: another document has this kind and name"
    ]


def test_a_change_can_be_checked_without_making_it(documents: Documents) -> None:
    """The problems are those that ``apply`` would tell."""
    assert [str(problem) for problem in documents.problems([route(), domain(), domain(size=0)])] == [
        "Domain PRIMARY: name: another document has this kind and name",
        "Domain PRIMARY: size: Must be greater than or equal to 1.",
    ]
    assert documents.problems([route(), domain()]) == ()
    assert documents.list("Domain") == []


def test_a_deleted_document_keeps_its_revisions(documents: Documents) -> None:
    """A deletion is a revision too, and a new document of that name counts on."""
    documents.apply([domain()], author="ann")
    documents.delete("Domain", "PRIMARY", author="bob")

    again = documents.apply([domain()], author="ann")

    assert [revision.document for revision in documents.revisions("Domain", "PRIMARY")] == [
        domain(),
        None,
        domain(),
    ]
    assert again.outcomes == (Outcome("Domain", "PRIMARY", "created", 3),)


def test_what_is_not_there_cannot_be_deleted(documents: Documents) -> None:
    """Deleting an unknown document is a problem."""
    with pytest.raises(InvalidDocuments, match="there is no such document"):
        documents.delete("Domain", "NONE", author="ann")


def test_a_rollback_is_a_new_revision(documents: Documents) -> None:
    """Going back puts the old content in force and keeps what was in between."""
    documents.apply([domain()], author="ann")
    documents.apply([domain(size=2)], author="ann")

    documents.rollback("Domain", "PRIMARY", 1, author="bob")

    assert documents.get("Domain", "PRIMARY") == domain()
    assert [revision.number for revision in documents.revisions("Domain", "PRIMARY")] == [3, 2, 1]


def test_a_rollback_is_checked_like_any_change(documents: Documents) -> None:
    """A revision that no longer fits the others does not come back."""
    documents.apply([domain("OLD"), domain()], author="ann")
    documents.apply([route(domain="OLD")], author="ann")
    documents.apply([route()], author="ann")
    documents.delete("Domain", "OLD", author="ann")

    with pytest.raises(InvalidDocuments, match="there is no domain OLD"):
        documents.rollback("Route", "hr", 1, author="ann")


def test_an_unknown_revision_is_told_apart(documents: Documents) -> None:
    """There is nothing to go back to."""
    with pytest.raises(NoSuchDocument, match="there is no revision 9 of Domain PRIMARY"):
        documents.rollback("Domain", "PRIMARY", 9, author="ann")


def test_an_unknown_document_is_told_apart(documents: Documents) -> None:
    """Asking for what is not there is an error of its own."""
    with pytest.raises(NoSuchDocument, match="there is no Domain NONE"):
        documents.get("Domain", "NONE")


def test_a_diff_shows_what_would_change(documents: Documents) -> None:
    """The difference is in the terms of the document."""
    documents.apply([domain(size=1)], author="ann")

    [changed, created] = documents.diff([domain(size=2), domain("NEW")])

    assert (changed.result, created.result) == ("changed", "created")
    assert "-size: 1\n+size: 2\n" in changed.text


def test_a_diff_of_the_same_is_empty(documents: Documents) -> None:
    """Layout and comments make no difference."""
    documents.apply([domain()], author="ann")

    [same] = documents.diff([Document("Domain", "PRIMARY", domain().body, source="# a comment\n")])

    assert (same.result, same.text) == ("unchanged", "")


def test_a_snapshot_stays_as_it_is(documents: Documents) -> None:
    """Changes made later do not show in a snapshot."""
    documents.apply([domain()], author="ann")
    snapshot = documents.snapshot()

    documents.apply([domain(size=2), domain("OTHER")], author="ann")

    assert snapshot.list("Domain") == [domain()]
    assert snapshot.generation < documents.generation()


def test_the_current_snapshot_is_read_once(documents: Documents) -> None:
    """Without a change there is nothing to read again."""
    documents.apply([domain()], author="ann")

    assert documents.current() is documents.current()


def test_a_change_of_another_process_is_seen(
    documents: Documents, database: Database, clock: FrozenClock
) -> None:
    """The current snapshot follows changes that were made elsewhere."""
    documents.current()

    Documents(database, [DOMAIN], clock=clock).apply([domain()], author="ann")

    assert documents.current().list("Domain") == [domain()]


def test_a_file_leaves_its_digest(documents: Documents) -> None:
    """What was applied from a file is remembered, even where it changed nothing."""
    documents.apply([domain()], author="ann")
    assert documents.file_digests() == {}

    documents.apply([domain()], author="ann", origin=FILE)

    assert documents.file_digests() == {("Domain", "PRIMARY"): domain().digest}


def test_changes_at_the_same_time_are_all_kept(documents: Documents) -> None:
    """Writers in several threads make one revision each."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: documents.apply([domain(size=n)], author="ann"), range(1, 9)))

    assert [revision.number for revision in documents.revisions("Domain", "PRIMARY")] == list(range(8, 0, -1))


def test_sql_in_a_document_is_text(documents: Documents) -> None:
    """Authors and values that look like SQL are kept as they are."""
    evil = "x'); DROP TABLE documents; --"
    document = Document("Domain", "evil", {"url": evil}, description=evil)

    documents.apply([document], author=evil, comment=evil)

    assert documents.get("Domain", "evil") == document
    assert documents.revisions("Domain", "evil")[0].author == evil
    assert documents.revisions("Domain", evil) == ()
