"""Operations become LDIF that ldapmodify takes, and that tells no secret."""

import base64

import pytest
from hypothesis import given

from app.directory.dialects.vocabulary import SECRET_ATTRIBUTES
from app.directory.dn import Dn, Rdn
from app.directory.ldif import NO_PASSWORD, is_secret, render_entry, render_operation, render_operations
from app.directory.model import Add, Change, Delete, Entry, Modify, Operation, Rename, SetPassword
from tests.directory.strategies import octets

DN = Dn.parse("uid=jo,dc=x")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param(
            Add(DN, {"uid": (b"jo",), "userPassword": (b"s3cret",), "mail": (b"a", b"b")}),
            "dn: uid=jo,dc=x\nchangetype: add\nuid: jo\n# userPassword: not shown\nmail: a\nmail: b\n",
            id="add",
        ),
        pytest.param(
            Add(DN, {"uid": (b"jo",), "userPassword": (NO_PASSWORD,)}),
            "dn: uid=jo,dc=x\nchangetype: add\nuid: jo\nuserPassword: {CRYPT}*\n",
            id="no-password",
        ),
        pytest.param(
            Modify(
                DN,
                (
                    Change("delete", "mail", (b"a",)),
                    Change("replace", "userPassword;x-a", (b"s3cret",)),
                    Change("replace", "sn"),
                ),
            ),
            "dn: uid=jo,dc=x\nchangetype: modify\ndelete: mail\nmail: a\n-\n"
            "# replace: userPassword;x-a (values not shown)\nreplace: sn\n-\n",
            id="modify",
        ),
        pytest.param(
            Modify(DN, (Change("replace", "unicodePwd", (b"s3cret",)),)),
            "# dn: uid=jo,dc=x\n# replace: unicodePwd (values not shown)\n",
            id="modify of a secret alone",
        ),
        pytest.param(Delete(DN), "dn: uid=jo,dc=x\nchangetype: delete\n", id="delete"),
        pytest.param(
            Delete(DN, with_below=True),
            "dn: uid=jo,dc=x\ncontrol: 1.2.840.113556.1.4.805 true\nchangetype: delete\n",
            id="delete with what is below",
        ),
        pytest.param(
            Rename(DN, Rdn.of("uid", "é")),
            f"dn: uid=jo,dc=x\nchangetype: modrdn\nnewrdn:: {base64.b64encode('uid=é'.encode()).decode()}\n"
            "deleteoldrdn: 1\n",
            id="rename",
        ),
        pytest.param(
            Rename(DN, Rdn.of("uid", "jo"), Dn.parse("ou=P,dc=x"), keeps_old=True),
            "dn: uid=jo,dc=x\nchangetype: modrdn\nnewrdn: uid=jo\ndeleteoldrdn: 0\nnewsuperior: ou=P,dc=x\n",
            id="move",
        ),
        pytest.param(
            SetPassword(DN, "s3cret"),
            "# a password is set by the Password Modify operation (RFC 3062)\n# dn: uid=jo,dc=x\n",
            id="password",
        ),
    ],
)
def test_operation(operation: Operation, expected: str) -> None:
    """Every operation has its record."""
    assert render_operation(operation) == expected
    assert "s3cret" not in repr(operation) or not isinstance(operation, SetPassword)


def test_operations() -> None:
    """Records are parted by an empty line."""
    assert render_operations([Delete(DN), Delete(DN)]) == "\n".join([render_operation(Delete(DN))] * 2)


def test_entry() -> None:
    """An entry is a record without a change type."""
    assert render_entry(Entry(DN, {"uid": (b"jo",)})) == "dn: uid=jo,dc=x\nuid: jo\n"


@pytest.mark.parametrize(
    ("value", "is_plain"),
    [
        pytest.param(b"", True, id="empty"),
        pytest.param(b"a:<b", True, id="specials within"),
        pytest.param(b" a", False, id="space first"),
        pytest.param(b"a ", False, id="space last"),
        pytest.param(b":a", False, id="colon first"),
        pytest.param(b"<a", False, id="less first"),
        pytest.param(b"a\nb", False, id="line end"),
        pytest.param(b"a\0", False, id="NUL"),
        pytest.param(b"\ta", False, id="tab first"),
        pytest.param("é".encode(), False, id="not ASCII"),
    ],
)
def test_value(value: bytes, is_plain: bool) -> None:  # noqa: FBT001 - a table of booleans
    """Values stand as they are where RFC 2849 allows it, and as base64 elsewhere."""
    shown = f"cn: {value.decode()}" if is_plain else f"cn:: {base64.b64encode(value).decode()}"

    assert render_entry(Entry(DN, {"cn": (value,)})) == f"dn: uid=jo,dc=x\n{shown}\n"


@given(value=octets)
def test_lines_are_folded(value: bytes) -> None:
    """No line is longer than 76 characters, and unfolded they say what they said."""
    text = render_entry(Entry(DN, {"cn": (value * 30,)}))

    assert max(map(len, text.splitlines())) <= 76
    assert base64.b64encode(value * 30).decode() in text.replace("\n ", "") or value.isascii()


@pytest.mark.parametrize("name", sorted(SECRET_ATTRIBUTES))
def test_secrets(name: str) -> None:
    """The values of secret attributes are shown in no record, whatever the attribute's case and options."""
    added = Add(DN, {name.title() + ";x-a": (b"s3cret",)})
    changed = Modify(DN, (Change("add", name.upper(), (b"s3cret",)), Change("replace", "cn")))

    assert is_secret(name.upper() + ";binary")
    assert "s3cret" not in render_operations([added, changed])
