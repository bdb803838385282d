"""LDIF is read back as it is written, and anything else is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dn import Dn, Rdn
from app.directory.ldif import render_operations
from app.directory.ldif_text import InvalidLdif, parse_ldif
from app.directory.model import Add, Change, Delete, Modify, Operation, Rename
from tests.directory.strategies import names, octets, rdns

DN = Dn.parse("uid=jo,dc=x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(
            "version: 1\r\n# a comment\r\n  folded\r\ndn: uid=jo,\r\n dc=x\r\nuid: jo\r\nUID:: cg==\r\nsn:\r\n",
            [Add(DN, {"uid": (b"jo", b"r"), "sn": (b"",)})],
            id="content",
        ),
        pytest.param(
            "dn: uid=jo,dc=x\ncontrol: 1.2 true\nchangetype: add\nuid: jo\n\n\n\ndn: uid=jo,dc=x\nchangetype: delete\n",
            [Add(DN, {"uid": (b"jo",)}), Delete(DN)],
            id="several",
        ),
        pytest.param(
            "dn: uid=jo,dc=x\nchangetype: modify\nadd: mail\nmail: a\nmail: b\n-\ndelete: sn\n-\nreplace: cn\ncn: c",
            [
                Modify(
                    DN,
                    (
                        Change("add", "mail", (b"a", b"b")),
                        Change("delete", "sn"),
                        Change("replace", "cn", (b"c",)),
                    ),
                )
            ],
            id="modify",
        ),
        pytest.param(
            "dn: uid=jo,dc=x\nchangetype: modrdn\nnewrdn: uid=jim\ndeleteoldrdn: 0\nnewsuperior: dc=y",
            [Rename(DN, Rdn.of("uid", "jim"), Dn.parse("dc=y"), keeps_old=True)],
            id="rename",
        ),
        pytest.param(
            "dn: uid=jo,dc=x\nchangetype: moddn\nnewrdn: uid=jim\ndeleteoldrdn: 1",
            [Rename(DN, Rdn.of("uid", "jim"))],
            id="rename-in-place",
        ),
    ],
)
def test_records(text: str, expected: list[Operation]) -> None:
    """Comments, folding, base64 and every kind of change are understood."""
    assert parse_ldif(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("uid: jo", 1, id="no-dn"),
        pytest.param("\ndn: =", 2, id="no-name"),
        pytest.param("dn:: /w==", 1, id="not-utf-8"),
        pytest.param("dn: dc=x\nuid", 2, id="no-value"),
        pytest.param("dn: dc=x\nuid:: -", 2, id="no-base64"),
        pytest.param("dn: dc=x\nphoto:< file:///x", 2, id="elsewhere"),
        pytest.param("dn: dc=x\nchangetype: burn", 1, id="unknown-change"),
        pytest.param("dn: dc=x\n-", 2, id="separator-in-an-entry"),
        pytest.param("dn: dc=x\nchangetype: modify\nburn: sn", 3, id="unknown-part"),
        pytest.param("dn: dc=x\nchangetype: modify\nadd: sn\ncn: x", 4, id="another-attribute"),
        pytest.param("dn: dc=x\nchangetype: modrdn\n", 1, id="no-new-name"),
        pytest.param("dn: dc=x\nchangetype: modrdn\nnewrdn: a=b,c=d", 3, id="two-rdns"),
    ],
)
def test_refused(text: str, line: int) -> None:
    """What is wrong is told with its line."""
    with pytest.raises(InvalidLdif) as error:
        parse_ldif(text)

    assert error.value.line == line


_attributes = st.dictionaries(
    st.sampled_from(["cn", "mail;lang-de", "2.5.4.4"]),
    st.lists(octets, min_size=1, max_size=3).map(tuple),
    min_size=1,
)
_named = names.filter(lambda name: bool(name.rdns))
_changes = st.builds(
    Change,
    st.sampled_from(["add", "delete", "replace"]),
    st.sampled_from(["cn", "sn"]),
    st.lists(octets, max_size=2).map(tuple),
)
_operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Add, _named, _attributes),
    st.builds(Add, _named, _attributes, st.just({"entryUUID": (b"1-2",), "createTimestamp": (b"3Z",)})),
    st.builds(Modify, _named, st.lists(_changes, min_size=1, max_size=3).map(tuple)),
    st.builds(Delete, _named),
    st.builds(Rename, _named, rdns, st.none() | _named, keeps_old=st.booleans()),
)


@given(st.lists(_operations, max_size=3))
def test_written_and_read(operations: list[Operation]) -> None:
    """What is written is read as the same."""
    assert parse_ldif(render_operations(operations)) == operations
