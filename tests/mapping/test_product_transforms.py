"""FILETIME, bits, telephone numbers and data URIs go to the directory and come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.dialects.active_directory import BIT_AND, BIT_OR, ActiveDirectory
from app.directory.dn import Dn
from app.directory.filters import And, Everything, Extensible, Filter, Not, Present
from app.directory.model import Change, Entry, Modify, Operation
from app.mapping.differences import rule_changes
from app.mapping.filters import Compiled, compile_filter
from app.mapping.model import Place, Rule
from app.mapping.named_transforms import make_transform
from app.mapping.product_transforms import FILE_TIME, PROXY_ADDRESS
from app.mapping.shown import shown_values
from app.mapping.translate import changes, to_image, to_resource
from app.mapping.value_filters import compared
from app.scim.filters.nodes import Comparison
from app.scim.filters.parser import parse
from app.scim.path import parse_path, resolve
from app.scim.resource import Resource
from app.scim.schema import Attribute, Value
from tests.mapping.samples import DIALECT, ID, read_map
from tests.scim.samples import USER

TEXT, FLAG = Attribute("a"), Attribute("on", type="boolean")
NORMAL = {"mask": 2, "true_when": "clear", "base": 512}


@pytest.mark.parametrize(
    ("step", "attribute", "value", "raw", "back"),
    [
        (("fileTime", None), TEXT, "1601-01-01T00:00:01Z", b"10000000", "1601-01-01T00:00:01Z"),
        (("fileTime", None), TEXT, "2026-01-02T03:04:05.123456+01:00", b"134117930451234560", None),
        (("proxyAddress", None), TEXT, "Jo@example.org", b"smtp:Jo@example.org", "Jo@example.org"),
        (("e164", "DE"), TEXT, "030 123456", b"+4930123456", "+4930123456"),
        (("e164", "DE"), TEXT, "+1 (555) 010-0100", b"+15550100100", "+15550100100"),
        (("e164", "DE"), TEXT, "tel:+44-20-7946-0000", b"+442079460000", "+442079460000"),
        (("bits", NORMAL), FLAG, True, b"512", True),
        (("bits", NORMAL), FLAG, False, b"514", False),
        (("bits", {"mask": 4, "true_when": "set", "base": 0}), FLAG, True, b"4", True),
        (("bits", {"mask": 6, "true_when": "any", "base": 0}), FLAG, True, b"6", True),
        (("bits", {"mask": 6, "true_when": "any", "base": 7}), FLAG, False, b"1", False),
        (
            ("data_uri", "image/jpeg"),
            TEXT,
            "data:image/png;base64,AAEC",
            b"\0\1\2",
            "data:image/jpeg;base64,AAEC",
        ),
        (("data_uri", "image/jpeg"), TEXT, "AAEC", b"\0\1\2", "data:image/jpeg;base64,AAEC"),
    ],
)
def test_both_ways(
    step: tuple[str, Any], attribute: Attribute, value: Value, raw: bytes, back: Value
) -> None:
    """What is written is read back in its own form."""
    transform = make_transform([step], attribute)

    assert transform.to_directory(value) == raw
    assert transform.to_scim(raw) == ("2026-01-02T02:04:05.123456Z" if back is None else back)


@given(moment=st.datetimes(min_value=datetime(1602, 1, 1)))  # noqa: DTZ001 - UTC is written behind it
def test_every_moment(moment: Any) -> None:
    """Every moment since 1601 comes back."""
    text = moment.isoformat() + "Z"

    assert FILE_TIME.to_scim(FILE_TIME.to_directory(text)) == text


@pytest.mark.parametrize(
    ("step", "attribute", "value"),
    [
        (("fileTime", None), TEXT, "1600-01-01T00:00:00Z"),
        (("fileTime", None), TEXT, "0001-01-01T00:00:00+14:00"),
        (("fileTime", None), TEXT, "soon"),
        (("e164", "DE"), TEXT, "nobody"),
        (("e164", "DE"), TEXT, "1"),
        (("e164", "DE"), TEXT, "+49 30 123456 ext. 7"),
        (("data_uri", "image/jpeg"), TEXT, "data:image/png,x"),
        (("data_uri", "image/jpeg"), TEXT, "https://example.org/x.jpg"),
    ],
)
def test_refused(step: tuple[str, Any], attribute: Attribute, value: Value) -> None:
    """What has no form in the directory is refused."""
    transform = make_transform([step], attribute)

    with pytest.raises(ValueError, match=r"is |not "):
        transform.to_directory(value)


@pytest.mark.parametrize("raw", [b"0", b"9223372036854775807", b"-1", b"x", b"9000000000000000000"])
def test_never(raw: bytes) -> None:
    """What says never, or nothing, is not shown."""
    with pytest.raises(ValueError, match="is "):
        FILE_TIME.to_scim(raw)


@pytest.mark.parametrize(
    ("step", "attribute", "message"),
    [
        (("e164", "de"), TEXT, "de is no region"),
        (("e164", "DE"), FLAG, "e164 is for reference and string, not for boolean"),
        (("bits", NORMAL), TEXT, "bits is for boolean, not for string"),
        (("fileTime", None), FLAG, "fileTime is for dateTime and string, not for boolean"),
    ],
)
def test_unsuitable(step: tuple[str, Any], attribute: Attribute, message: str) -> None:
    """A transform is for attributes of its kind."""
    with pytest.raises(ValueError, match=message):
        make_transform([step], attribute)


MAP = read_map("""
kind: SchemaMap
name: m
resource_type: User
entry: {object_classes: [person], scope: (uid=*), rdn: uid}
attributes:
  userName: uid
  active: {attribute: flags, transform: {bits: {mask: 2, true_when: clear, base: 512}}, matching: typed}
  title: {attribute: until, transform: fileTime, matching: typed}
""")
JO = Dn.parse("uid=jo")


def changed(before: Value, after: Value, *flags: bytes) -> list[Operation]:
    """Say what a change of ``active`` does to an entry."""
    states = [
        Resource(USER, {"userName": "jo", **({} if active is None else {"active": active})})
        for active in (before, after)
    ]
    images = [to_image(MAP, state) for state in states]
    entry = Entry.of(JO, {"uid": (b"jo",), "flags": flags})
    return changes(MAP, entry, before=images[0], after=images[1])


@pytest.mark.parametrize(
    ("before", "after", "flags", "wanted"),
    [
        pytest.param(True, False, (b"66048",), b"66050", id="set"),
        pytest.param(False, True, (b"66050",), b"66048", id="clear"),
        pytest.param(None, False, (), b"514", id="nothing there"),
        pytest.param(None, False, (b"x",), b"514", id="nonsense there"),
    ],
)
def test_other_bits_stay(before: Value, after: Value, flags: tuple[bytes, ...], wanted: bytes) -> None:
    """The bits of others are left as they are."""
    assert changed(before, after, *flags) == [Modify(JO, (Change("replace", "flags", (wanted,)),))]


def test_bits_that_nobody_speaks_of() -> None:
    """Where SCIM says nothing, or nothing new, the number stays."""
    assert changed(True, None, b"66048") == []
    assert changed(None, True, b"512") == []


@pytest.mark.parametrize("text", ["active eq true", 'title eq "2026-01-01T00:00:00Z"', 'title gt "2026"'])
def test_filters(text: str) -> None:
    """The directory is asked for a value of any kind, and the resources are held against the filter."""
    node = parse(text)
    compiled = compile_filter(node, MAP, DIALECT)

    assert compiled.filter in {Present("flags"), Present("until")}
    assert compiled.residue == node


ARE_SET = Extensible("flags", BIT_AND, b"2")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("active eq false", ARE_SET, id="set"),
        pytest.param("active eq true", And((Present("flags"), Not(ARE_SET))), id="clear"),
        pytest.param("active ne true", Everything(), id="or nothing there"),
    ],
)
def test_bits_by_rule(text: str, asked: Filter) -> None:
    """Where the product matches by bits, it is asked for those, and the resources are held against the filter."""
    node = parse(text)

    assert compile_filter(node, MAP, ActiveDirectory()) == Compiled(asked, node)


@pytest.mark.parametrize(
    ("when", "rule", "shown"),
    [("set", BIT_AND, [False, False, True]), ("any", BIT_OR, [False, True, True])],
)
def test_several_bits(when: str, rule: str, shown: list[bool]) -> None:
    """Several bits are asked for together: all of them, or any."""
    transform = make_transform([("bits", {"mask": 6, "true_when": when, "base": 0})], FLAG)
    [place] = MAP.rules_of(parse_path("active"))
    node = Comparison(place.place.path, "eq", value=True)

    asked = compared(replace(place, transform=transform), node, bit_rules=ActiveDirectory.bit_rules)

    assert asked == Extensible("flags", rule, b"6")
    assert [transform.to_scim(raw) for raw in (b"1", b"2", b"6")] == shown


def test_shown() -> None:
    """A boolean and a moment are shown, and what says never is not."""
    attributes = {"uid": (b"jo",), "flags": (b"66050",), "until": (b"0",), "entryUUID": (ID.encode(),)}

    shown = to_resource(MAP, Entry.of(JO, attributes), DIALECT).attributes

    assert (shown["active"], "title" in shown) == (False, False)


@pytest.mark.parametrize("raw", [b"smtp:", b"X500:/o=x", b"jo@example.org", b"\xff"])
def test_no_address_of_mail(raw: bytes) -> None:
    """Addresses of other kinds are not shown."""
    with pytest.raises(ValueError):  # noqa: PT011 - what it says is shown to nobody
        PROXY_ADDRESS.to_scim(raw)


PROXIES = Rule(
    Place(resolve(parse_path("emails"), USER), "work"), "proxyAddresses", PROXY_ADDRESS, matching="caseIgnore"
)
SIP, FIRST_JO, FIRST_BO, NEXT_BO, NEXT_JO = (
    b"sip:jo@x",
    b"SMTP:jo@x",
    b"SMTP:bo@x",
    b"smtp:bo@x",
    b"smtp:jo@x",
)


@pytest.mark.parametrize(
    ("present", "after", "expected"),
    [
        pytest.param((SIP, NEXT_BO, FIRST_JO), (FIRST_JO, NEXT_BO), [], id="as it is, in another order"),
        pytest.param(
            (SIP, NEXT_BO, FIRST_JO),
            (FIRST_BO, NEXT_JO),
            [
                Change("delete", "proxyAddresses", (NEXT_BO, FIRST_JO)),
                Change("add", "proxyAddresses", (FIRST_BO, NEXT_JO)),
            ],
            id="another primary one",
        ),
        pytest.param((SIP, FIRST_JO), (), [Change("delete", "proxyAddresses", (FIRST_JO,))], id="none left"),
        pytest.param((SIP,), (FIRST_JO,), [Change("add", "proxyAddresses", (FIRST_JO,))], id="the first"),
    ],
)
def test_addresses_change(
    present: tuple[bytes, ...], after: tuple[bytes, ...], expected: list[Change]
) -> None:
    """Another address becomes the primary one by its mark, and other kinds stay."""
    entry = Entry(Dn.parse("cn=jo,dc=x"), {"proxyaddresses": present})

    assert list(rule_changes(PROXIES, entry, after)) == expected
    assert shown_values(PROXIES, Entry(entry.dn, {"proxyaddresses": (SIP, NEXT_BO, FIRST_JO)})) == [
        "jo@x",
        "bo@x",
    ]
