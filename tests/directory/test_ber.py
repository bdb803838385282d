"""BER is written and read as X.690 has it, short and long."""

import pytest

from app.directory.ber import elements, octet_string, parts, sequence_of


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
