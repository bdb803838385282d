"""Filters are evaluated in three-valued logic by the attributes' own rules."""

import pytest

from app.directory.dn import Dn
from app.directory.filters import (
    And,
    Equals,
    Everything,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Not,
    Nothing,
    Or,
    Present,
    Substrings,
)
from app.directory.matching import matches
from app.directory.model import Entry

ENTRY = Entry(
    Dn.parse("uid=jo,dc=x"),
    {
        "cn": (b"Jo  Doe", b"x"),
        "uidnumber": (b"1000",),
        "labeleduri": (b"http://X",),
        "telephonenumber": (b"+1 555-12",),
        "facsimiletelephonenumber": (b"1",),
        "manager": (b"uid=a, dc=x",),
        "createtimestamp": (b"20260101000000Z",),
        "pwdaccountlockedtime": (b"000001010000Z",),
        "description": (b"\xff",),
        "mail": (b"Jo@x",),
        "userpassword": (b"x",),
        "objectcategory": (b"CN=Person,CN=Schema,CN=Configuration,DC=x",),
    },
)
UNDEFINED = Extensible("cn", "1.2", b"x")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(Everything(), True, id="everything"),
        pytest.param(Nothing(), False, id="nothing"),
        pytest.param(UNDEFINED, None, id="extensible"),
        pytest.param(Not(UNDEFINED), None, id="not undefined"),
        pytest.param(And((UNDEFINED, Everything())), None, id="undefined and true"),
        pytest.param(And((UNDEFINED, Nothing())), False, id="undefined and false"),
        pytest.param(Or((UNDEFINED, Everything())), True, id="undefined or true"),
        pytest.param(Or((UNDEFINED, Nothing())), None, id="undefined or false"),
        pytest.param(Extensible("manager", "dnSubtreeMatch", b"dc=X"), True, id="below"),
        pytest.param(Extensible("manager", "dnOneLevelMatch", b"dc=x"), True, id="directly below"),
        pytest.param(Extensible("manager", "dnOneLevelMatch", b"ou=y,dc=x"), False, id="elsewhere"),
        pytest.param(Extensible("member", "dnOneLevelMatch", b"dc=x"), False, id="nobody is below"),
        pytest.param(Present("CN"), True, id="present"),
        pytest.param(Equals("cn", b" jo DOE"), True, id="text"),
        pytest.param(Equals("cn", b"jo"), False, id="another text"),
        pytest.param(Equals("cn", b"\xff"), None, id="asserting no text"),
        pytest.param(Equals("description", b"x"), None, id="holding no text"),
        pytest.param(Equals("sn", b"\xff"), None, id="asserting no text of nothing"),
        pytest.param(GreaterOrEqual("cn", b"a"), None, id="text has no order"),
        pytest.param(Substrings("cn", b"jo", (b"d",), b"e"), True, id="parts"),
        pytest.param(Substrings("cn", b"jo d", (b"d",)), False, id="parts do not overlap"),
        pytest.param(Substrings("cn", b"doe"), False, id="starts otherwise"),
        pytest.param(Substrings("cn", final=b"jo"), False, id="ends otherwise"),
        pytest.param(Substrings("cn", b"jo doe", final=b"doe"), False, id="ends do not overlap"),
        pytest.param(GreaterOrEqual("uidNumber", b"0999"), True, id="numbers, not texts"),
        pytest.param(LessOrEqual("uidNumber", b"999"), False, id="greater"),
        pytest.param(LessOrEqual("uidNumber", b"x"), None, id="no number"),
        pytest.param(Equals("labeledURI", b"http://x"), False, id="case counts"),
        pytest.param(Equals("labeledURI", b"http://X"), True, id="same case"),
        pytest.param(Substrings("labeledURI", b"http"), None, id="no rule for parts"),
        pytest.param(Equals("telephoneNumber", b"+1-55512"), True, id="telephone number"),
        pytest.param(Substrings("telephoneNumber", any=(b"-",)), None, id="nothing but a hyphen"),
        pytest.param(Equals("facsimileTelephoneNumber", b"1"), None, id="no rule for equality"),
        pytest.param(Equals("manager", b"UID=A,dc=X"), True, id="name"),
        pytest.param(Equals("manager", b"nobody"), None, id="no name"),
        pytest.param(LessOrEqual("createTimestamp", b"20260101000000.5Z"), True, id="earlier"),
        pytest.param(Equals("pwdAccountLockedTime", b"00000101000000Z"), True, id="the same time"),
        pytest.param(Equals("mail", b"jo@X"), True, id="ASCII"),
        pytest.param(Equals("mail", "jö@x".encode()), None, id="not ASCII"),
        pytest.param(Equals("userPassword", b"X"), False, id="octets"),
        pytest.param(Equals("objectCategory", b"person"), True, id="category, by the class"),
        pytest.param(Equals("objectCategory", b"CN=Group,CN=Schema,DC=x"), False, id="another category"),
    ],
)
def test_matches(node: Filter, expected: bool | None) -> None:  # noqa: FBT001 - a table of truths
    """A filter is true, false or undefined."""
    assert matches(node, ENTRY) is expected
