"""What became of an entry is worked out where a server does not tell."""

from app.directory.dn import Dn, Rdn
from app.directory.model import Change, Delete, Entry, Modify, Rename
from app.directory.prediction import predict

JO = Dn.parse("cn=jo,dc=x")
BEFORE = Entry.of(JO, {"cn": [b"jo"], "title": [b"Chief"], "mail": [b"a", b"b"], "version": [b"7"]})


def test_modify() -> None:
    """Values come, go and are replaced; secrets and what only the server knows are left out."""
    changes = (
        Change("replace", "title", (b"Boss",)),
        Change("delete", "mail", (b"a",)),
        Change("add", "mail", (b"b", b"c")),
        Change("replace", "userPassword", (b"secret",)),
    )

    after = predict(BEFORE, [Modify(JO, changes)], unknown=("Version",))

    assert after == Entry(JO, {"cn": (b"jo",), "title": (b"Boss",), "mail": (b"b", b"c")})


def test_removal() -> None:
    """An attribute without values is none."""
    after = predict(BEFORE, [Modify(JO, (Change("delete", "mail"), Change("replace", "title")))], unknown=())

    assert after == Entry(JO, {"cn": (b"jo",), "version": (b"7",)})


def test_rename() -> None:
    """A rename puts one name in the other's place, or beside it; what follows is made on the new name."""
    gone = Rename(JO, Rdn.of("cn", "joe"))
    kept = Rename(JO, Rdn.of("uid", "joe"), new_parent=Dn.parse("ou=y,dc=x"), keeps_old=True)

    assert predict(BEFORE, [gone, Delete(JO)], unknown=("title", "mail", "version")) == Entry(
        Dn.parse("cn=joe,dc=x"), {"cn": (b"joe",)}
    )
    assert predict(BEFORE, [kept], unknown=("title", "mail", "version")) == Entry(
        Dn.parse("uid=joe,ou=y,dc=x"), {"cn": (b"jo",), "uid": (b"joe",)}
    )
