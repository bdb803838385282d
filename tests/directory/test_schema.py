"""A schema tells what entries may and must have."""

from dataclasses import replace

import pytest

from app.directory.schema import (
    AttributeType,
    ContentRule,
    ObjectClass,
    Schema,
    with_each_attribute,
)

NAME = AttributeType(
    "2.5.4.41", ("name",), syntax="text", length=99, equality="ignore", ordering="o", substrings="s"
)
CN = AttributeType("2.5.4.3", ("cn", "commonName"), superior="name")
SN = AttributeType("2.5.4.4", ("sn", "surname"), superior="2.5.4.41", equality="exact")
MAIL = AttributeType("1.1", ("mail",))
LOCK = AttributeType("1.2", ("lock",), usage="directoryOperation")
CLASS = AttributeType("2.5.4.0", ("objectClass",))
LOST = AttributeType("1.3", ("lost",), superior="nobody")
ROUND = AttributeType("1.4", ("round",), superior="round")
ODD = AttributeType("1.5")

TOP = ObjectClass("2.5.6.0", ("top",), kind="ABSTRACT", must=("objectClass",))
PERSON = ObjectClass("2.5.6.6", ("person",), ("top",), must=("sn", "commonName"))
USER = ObjectClass("3.1", ("user",), ("person", "top", "nowhere"))
DEVICE = ObjectClass("3.2", ("device",), ("top",), must=("cn",))
EXTRA = ObjectClass("3.3", ("extra",), ("top",), "AUXILIARY", may=("mail", "unknown"))
ANY = ObjectClass("1.3.6.1.4.1.1466.101.120.111", ("extensibleObject",), ("top",), "AUXILIARY")

SCHEMA = Schema(
    (NAME, CN, SN, MAIL, LOCK, CLASS, LOST, ROUND, ODD),
    (TOP, PERSON, USER, DEVICE, EXTRA, ANY, ObjectClass("3.9")),
)


@pytest.mark.parametrize("name", ["sn", "SURNAME", "2.5.4.4", "sn;lang-de"])
def test_attributes_by_any_name(name: str) -> None:
    """Case, options and OIDs make no difference; what is above counts where nothing is said."""
    assert SCHEMA.attribute(name) == replace(
        SN, superior=None, syntax="text", length=99, equality="exact", ordering="o", substrings="s"
    )


def test_attributes_without_a_top() -> None:
    """An unknown supertype adds nothing, nor does one that is its own."""
    assert [SCHEMA.attribute(name) for name in ("lost", "round", "nobody")] == [LOST, ROUND, None]


def test_names() -> None:
    """What has no name goes by its OID."""
    unnamed = SCHEMA.object_class("3.9")

    assert unnamed is not None
    assert (CN.name, ODD.name, PERSON.name, unnamed.name) == ("cn", "1.5", "person", "3.9")


def test_lineage() -> None:
    """All classes above come once, without those that nobody describes."""
    assert SCHEMA.lineage("USER") == [USER, PERSON, TOP]
    assert SCHEMA.lineage("nowhere") == []


def test_must() -> None:
    """The attributes of all classes above are needed, each once; objectClass is always there."""
    assert [each.name for each in SCHEMA.must(["user", "device"])] == ["sn", "cn"]


def test_allows() -> None:
    """An entry may have what its classes name, operational attributes, and with extensibleObject anything."""
    assert [
        SCHEMA.allows(["user"], SN),
        SCHEMA.allows(["user"], MAIL),
        SCHEMA.allows(["user", "extra"], MAIL),
        SCHEMA.allows(["user", "extensibleObject"], MAIL),
        SCHEMA.allows(["user"], LOCK),
    ] == [True, False, True, True, True]


def test_content_rules() -> None:
    """A content rule adds to its structural class, with the auxiliary classes that it names."""
    rule = ContentRule("3.1", auxiliaries=("extra",), must=("lost",), may=("round",))
    schema = replace(SCHEMA, content_rules=(rule,))

    assert [each.name for each in schema.must(["user"])] == ["lost", "sn", "cn"]
    assert (schema.allows(["user"], MAIL), schema.allows(["user"], ROUND)) == (True, True)
    assert schema.allows(["person"], MAIL) is False


def test_homes() -> None:
    """The classes that bring an attribute with them are found by kind."""
    assert SCHEMA.homes(MAIL, kind="AUXILIARY") == [EXTRA]
    assert SCHEMA.homes(CN, kind="STRUCTURAL") == [PERSON, DEVICE]


def test_structural() -> None:
    """Of structural classes the lowest of each line counts."""
    assert SCHEMA.structural(["top", "person", "user", "extra", "gone"]) == [USER]
    assert SCHEMA.structural(["user", "device"]) == [USER, DEVICE]


def test_completion() -> None:
    """What a product leaves unsaid can be put in."""
    completed = with_each_attribute(Schema((ODD,)), lambda each: replace(each, equality="x"))

    assert completed == Schema((replace(ODD, equality="x"),))
