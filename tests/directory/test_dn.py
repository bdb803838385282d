"""Distinguished names are read, written and compared by RFC 4514."""

import pytest
from hypothesis import given

from app.directory.dn import Ava, Dn, InvalidDn, Rdn, escape
from tests.directory.strategies import names


@given(name=names)
def test_parse_reads_what_was_written(name: Dn) -> None:
    """Whatever a name holds, its text parses to the very same parts."""
    assert Dn.parse(str(name)).rdns == name.rdns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Dn(()), id="root"),
        pytest.param("  ", Dn(()), id="blank"),
        pytest.param("uid=jo,dc=x", Dn((Rdn.of("uid", "jo"), Rdn.of("dc", "x"))), id="two parts"),
        pytest.param(" uid = jo ; dc = x", Dn((Rdn.of("uid", "jo"), Rdn.of("dc", "x"))), id="loose RFC 2253"),
        pytest.param("uid=", Dn((Rdn.of("uid", ""),)), id="empty value"),
        pytest.param(r"cn=a\,b\2B\c3\a9\ ", Dn((Rdn.of("cn", "a,b+é "),)), id="escapes"),
        pytest.param(r"cn=\#1\= ", Dn((Rdn.of("cn", "#1="),)), id="escaped first, space last"),
        pytest.param(r"cn=who\?", Dn((Rdn.of("cn", "who?"),)), id="Samba's escape"),
        pytest.param("cn=a+uid=b", Dn((Rdn((Ava("cn", "a"), Ava("uid", "b"))),)), id="two values"),
        pytest.param("2.5.4.3=#0c0141 ,dc=x", None, id="encoded value"),
    ],
)
def test_parse(text: str, expected: Dn | None) -> None:
    """Names are read as the standard writes them."""
    if expected is None:
        expected = Dn((Rdn((Ava("2.5.4.3", "#0c0141", is_encoded=True),)), Rdn.of("dc", "x")))

    assert Dn.parse(text).rdns == expected.rdns


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("jo", id="no ="),
        pytest.param("=jo", id="no type"),
        pytest.param("uid=jo,", id="comma last"),
        pytest.param("uid=jo,,dc=x", id="empty part"),
        pytest.param("ñ=jo", id="type not ASCII"),
        pytest.param("uid jo=1", id="two words"),
        pytest.param(r"cn=EXAMPLE\jo", id="backslash before a letter"),
        pytest.param("cn=a\\", id="backslash last"),
        pytest.param(r"cn=\ff", id="not UTF-8"),
        pytest.param("cn=#", id="encoded, empty"),
        pytest.param("cn=#4", id="encoded, half a byte"),
        pytest.param("cn=#41x", id="encoded, more behind"),
    ],
)
def test_invalid(text: str) -> None:
    """What is no name is refused, and quoted in the error."""
    with pytest.raises(InvalidDn, match="is not a distinguished name: expected"):
        Dn.parse(text)


def test_where_it_is_invalid() -> None:
    """The error quotes the whole name and counts from its beginning."""
    with pytest.raises(InvalidDn, match=r"'uid=jo,ou=People,example' is not .* at 25$"):
        Dn.parse("uid=jo,ou=People,example")


def test_told() -> None:
    """A name that a server tells is one like all others, and is read when it is asked for something."""
    told, wrong = Dn.told("uid=Jo,dc=Example"), Dn.told("uid")

    assert told == Dn.parse("UID=jo, DC=example")
    assert (told.rdn, str(told.parent)) == (Rdn.of("uid", "Jo"), "dc=Example")
    assert (Dn.told("uid=jo, dc=x").text, told.parent.text) == ("uid=jo, dc=x", "dc=Example")
    with pytest.raises(InvalidDn):
        _ = wrong.rdns


@pytest.mark.parametrize(
    "text",
    [
        "uid=Jo,dc=Example",
        "CN=A  B,dc=x",
        r"cn=\41,dc=x",
        r"cn=a\2cb,dc=x",
        "cn=Jörg",
        "2.5.4.3=a+cn=#61",
        "cn=a=b",
    ],
)
def test_plain_or_not(text: str) -> None:
    """Whether a name can be compared as it is written makes no difference to what it is."""
    read = Dn(Dn.parse(text).rdns)

    for name in (Dn.parse(text), Dn.told(text)):
        assert (name, str(name), name.key, hash(name)) == (read, str(read), read.key, hash(read))
        assert Dn.parse(name.key) == read
        assert name == Dn.told(text)


def test_encoded_value_is_written_back() -> None:
    """A value that only the server understands is handed back to it as it came."""
    assert str(Dn.parse("2.5.4.3=#0c0141,dc=x")) == "2.5.4.3=#0c0141,dc=x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(" ", r"\ ", id="space"),
        pytest.param("  ", r"\ \ ", id="two spaces"),
        pytest.param("a b", "a b", id="space within"),
        pytest.param("#a#", r"\#a#", id="hash"),
        pytest.param('",+;<>\\=', r"\"\,\+\;\<\>\\\=", id="specials"),
        pytest.param("\0\x7f\n", r"\00\7F\0A", id="controls"),
        pytest.param("é😀", "é😀", id="others"),
    ],
)
def test_escape(value: str, expected: str) -> None:
    """Values are escaped where the standard demands it."""
    assert escape(value) == expected


def test_equality() -> None:
    """Names are equal however they are written, and then hash alike."""
    left, right = Dn.parse("UID=Jo  Do+cn=a,DC=Example"), Dn.parse("cn=A+uid=jo do,dc=example")

    assert left == right
    assert len({left, right}) == 1
    assert left != Dn.parse("dc=example")
    assert left != "uid=jo"


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        pytest.param("uid=jo,ou=P,dc=x", "OU=p,dc=x", True, id="below"),
        pytest.param("dc=x", "dc=x", True, id="itself"),
        pytest.param("dc=x", "", True, id="below the root"),
        pytest.param("dc=x", "uid=jo,dc=x", False, id="above"),
        pytest.param("uid=jo,ou=Q,dc=x", "ou=P,dc=x", False, id="beside"),
        pytest.param(r"uid=jo\\,dc=x", "dc=x", True, id="below, after an escaped backslash"),
        pytest.param(r"uid=jo\,dc=x", "dc=x", False, id="an escaped comma"),
    ],
)
def test_is_within(name: str, base: str, expected: bool) -> None:  # noqa: FBT001 - a table of booleans
    """A name is within itself and all that it stands below, whoever told it."""
    assert Dn.parse(name).is_within(Dn.parse(base)) is expected
    assert Dn.told(name).is_within(Dn.parse(base)) is expected


def test_relations() -> None:
    """A name has a first part, a parent and children."""
    name = Dn.parse("uid=jo,dc=x")

    assert (name.rdn, name.parent) == (Rdn.of("uid", "jo"), Dn.parse("dc=x"))
    assert name.parent.below(name.rdn) == name
