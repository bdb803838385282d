"""BER is written and read as X.690 has it, short and long."""

import pytest

from app.directory.ber import boolean, elements, integer, number, octet_string, parts, sequence_of


@pytest.mark.parametrize(
    ("length", "head"),
    [(0, b"\x04\x00"), (127, b"\x04\x7f"), (128, b"\x04\x81\x80"), (70_000, b"\x04\x83\x01\x11\x70")],
)
def test_octet_string(length: int, head: bytes) -> None:
    """Lengths are written in one octet or in several, and read back."""
    written = octet_string(b"x" * length)

    assert written == head + b"x" * length
    assert [(tag, bytes(content)) for tag, content in elements(written)] == [(4, b"x" * length)]


def test_sequence() -> None:
    """A sequence has its elements in order."""
    written = sequence_of([octet_string(b"a"), octet_string(b"bc")])

    [content] = parts(written)

    assert written == b"\x30\x07\x04\x01a\x04\x02bc"
    assert [bytes(each) for each in parts(content)] == [b"a", b"bc"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, b"\x02\x01\x00"),
        (127, b"\x02\x01\x7f"),
        (128, b"\x02\x02\x00\x80"),
        (100_000, b"\x02\x03\x01\x86\xa0"),
    ],
)
def test_integer(value: int, written: bytes) -> None:
    """Numbers are written so that none is taken for a negative one, and read back."""
    [content] = parts(written)

    assert integer(value) == written
    assert number(content) == value


def test_tags() -> None:
    """Elements whose place in a control tells what they are have tags of their own."""
    assert sequence_of([boolean(0x81)], tag=0xA0) == b"\xa0\x03\x81\x01\xff"
