"""Rows that one run puts aside."""

from app.store.spill import BATCH, Row, spilling


def test_rows_are_looked_up_by_id_and_by_name() -> None:
    """As many at once as one likes; what is not there is left out."""
    rows = [Row(f"{number:04}", f"content {number}", f"name {number}") for number in range(3 * BATCH)]

    with spilling() as aside:
        aside.add(rows)
        everything = aside.by_id([*(row.id for row in rows), "nobody"])
        some = aside.by_name(["name 7", "nobody", "name 599"])

    assert list(everything.values()) == rows
    assert some == {"name 7": rows[7], "name 599": rows[599]}


def test_what_was_not_seen_is_left() -> None:
    """In batches, in the order of ids; a second row of one id takes the first one's place."""
    with spilling() as aside:
        aside.add(Row(f"{number:04}", "old") for number in range(2 * BATCH + 2))
        aside.add([Row("0001", "new")])
        aside.mark(["0000", "nobody"])
        left = [[(row.id, row.content) for row in batch] for batch in aside.unseen()]

    assert [len(batch) for batch in left] == [BATCH, BATCH, 1]
    assert left[0][:2] == [("0001", "new"), ("0002", "old")]


def test_names_may_be_missing() -> None:
    """What has no name is found by its id alone."""
    with spilling() as aside:
        aside.add([Row("1", "content")])

        assert aside.by_name(["", "None"]) == {}
        assert aside.by_id(["1"]) == {"1": Row("1", "content")}
