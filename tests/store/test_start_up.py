"""Configuration files when Landbridge starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.documents import FILE, Documents
from app.store.start_up import apply_changed_files
from tests.store.fakes import domain

if TYPE_CHECKING:
    from pathlib import Path

ROUTE = "kind: Route\nname: hr\ndomain: PRIMARY\n"


def _write(directory: Path, *texts: str) -> None:
    for number, text in enumerate(texts):
        (directory / f"{number}.yaml").write_text(text)


def test_files_are_applied_at_first_start(documents: Documents, tmp_path: Path) -> None:
    """A new installation gets the documents of its files."""
    _write(tmp_path, domain().render(), ROUTE)

    applied, problems = apply_changed_files(documents, [tmp_path])

    assert [(outcome.name, outcome.result) for outcome in applied.outcomes] == [
        ("PRIMARY", "created"),
        ("hr", "created"),
    ]
    assert problems == []


def test_a_console_edit_outlives_a_restart(documents: Documents, tmp_path: Path) -> None:
    """An unchanged file does not undo what was edited since."""
    _write(tmp_path, domain().render())
    apply_changed_files(documents, [tmp_path])
    documents.apply([domain(size=9)], author="ann", origin="console")

    applied, _ = apply_changed_files(documents, [tmp_path])

    assert applied.outcomes == ()
    assert documents.get("Domain", "PRIMARY") == domain(size=9)


def test_a_changed_file_is_applied(documents: Documents, tmp_path: Path) -> None:
    """A file that changed wins over what was edited since."""
    _write(tmp_path, domain().render())
    apply_changed_files(documents, [tmp_path])
    documents.apply([domain(size=9)], author="ann", origin="console")
    _write(tmp_path, domain(size=3).render())

    apply_changed_files(documents, [tmp_path])

    assert documents.get("Domain", "PRIMARY") == domain(size=3)


def test_a_document_deleted_in_the_console_stays_deleted(documents: Documents, tmp_path: Path) -> None:
    """An unchanged file does not bring back what was deleted."""
    _write(tmp_path, domain().render())
    apply_changed_files(documents, [tmp_path])
    documents.delete("Domain", "PRIMARY", author="ann")

    apply_changed_files(documents, [tmp_path])

    assert documents.list("Domain") == []


def test_what_the_command_applied_is_not_applied_again(documents: Documents, tmp_path: Path) -> None:
    """``landbridge apply`` and a start count as the same source."""
    _write(tmp_path, domain().render())
    documents.apply([domain()], author="ann", origin=FILE)
    documents.apply([domain(size=9)], author="ann", origin="console")

    applied, _ = apply_changed_files(documents, [tmp_path])

    assert applied.outcomes == ()


def test_a_broken_file_leaves_the_last_good_revision(documents: Documents, tmp_path: Path) -> None:
    """A file that broke is reported by line; what was in force stays, and other files are applied."""
    _write(tmp_path, domain().render())
    apply_changed_files(documents, [tmp_path])
    _write(tmp_path, domain(size=0).render(), domain("OTHER").render())

    _, problems = apply_changed_files(documents, [tmp_path])

    assert [str(problem) for problem in problems] == [
        f"{tmp_path}/0.yaml:4: Domain PRIMARY: size: Must be greater than or equal to 1."
    ]
    assert documents.list("Domain") == [domain("OTHER"), domain()]


def test_what_needs_a_broken_document_waits_too(documents: Documents, tmp_path: Path) -> None:
    """A document whose domain could not be applied is reported with it."""
    _write(tmp_path, domain(size=0).render(), ROUTE, domain("OTHER").render())

    _, problems = apply_changed_files(documents, [tmp_path])

    assert [(problem.kind, problem.key) for problem in problems] == [("Domain", "size"), ("Route", "domain")]
    assert [document.name for document in documents.list("Domain")] == ["OTHER"]
    assert documents.list("Route") == []


def test_a_broken_file_is_tried_again(documents: Documents, tmp_path: Path) -> None:
    """What was refused is not taken for applied."""
    _write(tmp_path, ROUTE)
    apply_changed_files(documents, [tmp_path])
    documents.apply([domain()], author="ann")

    applied, problems = apply_changed_files(documents, [tmp_path])

    assert ([outcome.result for outcome in applied.outcomes], problems) == (["created"], [])
