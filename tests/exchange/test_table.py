"""Tables are read as people save them, and what cannot be read is told with its place."""

from __future__ import annotations

from io import BytesIO

import pytest

from app.exchange import table
from app.exchange.table import InvalidTable, Row, Table


def read(text: str | bytes, *, delimiter: str = "") -> Table:
    """Open a table."""
    return Table(BytesIO(text.encode() if isinstance(text, str) else text), delimiter=delimiter)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("userName,title\nann,Chief\n", id="as RFC 4180 has it"),
        pytest.param("\ufeffuserName;title\r\nann;Chief\r\n", id="as Excel saves it in Europe"),
        pytest.param("userName\ttitle\nann\tChief", id="tabs, and no end of line"),
        pytest.param('userName|title\n"ann"|"Chief"\n', id="quotation marks"),
        pytest.param("userName,title\n\n,\nann,Chief,,\n", id="empty rows and cells"),
    ],
)
def test_ways_to_write_a_table(text: str) -> None:
    """The same is read however it is written."""
    found = read(text)

    assert found.header == ("userName", "title")
    assert [row.cells[:2] for row in found.rows()] == [("ann", "Chief")]


def test_one_column_and_a_delimiter_that_is_said() -> None:
    """A table of one column has no delimiter to be found, and one that is said counts."""
    assert read("userName\nann\n").header == ("userName",)
    assert read("a,b#c\n", delimiter="#").header == ("a,b", "c")


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    """The header is row 1, empty rows count, and a cell of several lines is in one row."""
    found = read('userName,title\nann,"a\nb"\n\nbob,c\n')

    assert list(found.rows()) == [Row(2, ("ann", "a\nb")), Row(4, ("bob", "c"))]


def test_a_row_that_cannot_be_read_hides_no_other() -> None:
    """It is told, and the next one is read."""
    found = [(row.number, row.problem[:30]) for row in read('a,b\n1,"x"y\n1,2,3\n1,2\n1,"2\n').rows()]

    assert found == [
        (2, "is no CSV: ',' expected after "),
        (3, "has 3 cells for 2 columns: is "),
        (4, ""),
        (5, "a quotation mark is opened and"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        ("userName\n".encode("utf-16"), "UTF-16"),
        (b"u\x00s\x00e\x00r\x00\n", "UTF-8"),
        (b"userName,stra\xdfe\n", "row 1: the names of the columns are not UTF-8 (byte 0xDF)"),
        (b'"userName"x\n', "row 1: the names of the columns are no CSV"),
    ],
)
def test_what_is_no_table(text: bytes, message: str) -> None:
    """It is refused whole, and the message says what to do."""
    with pytest.raises(InvalidTable) as refused:
        read(text)

    assert message in str(refused.value)


def test_what_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end is, and so is a quotation mark that swallows the file."""
    monkeypatch.setattr(table, "LONGEST_LINE", 200_000)

    with pytest.raises(InvalidTable, match="a line is longer than 200000 bytes, 2 bytes from the beginning"):
        list(read(b"a\n" + b"x" * 200_001).rows())
    with pytest.raises(InvalidTable, match="row 2: a quotation mark is opened"):
        list(read('a,b\n1,"' + "2\n" * 70_000).rows())


def test_fifty_thousand_rows_are_read_one_at_a_time() -> None:
    """No row is read before it is asked for."""
    read_lines = 0

    class Lines(BytesIO):
        def readline(self, _size: int | None = -1) -> bytes:
            nonlocal read_lines
            read_lines += 1
            return b"userName,title\n" if read_lines == 1 else b"ann,Chief\n" if read_lines < 50_002 else b""

    ahead = {read_lines - row.number for row in Table(Lines()).rows()}

    assert (ahead, read_lines) == ({0}, 50_002)
