"""Who has any name is found by the directory alone, which knows what names are."""

from __future__ import annotations

import pytest

from app.directory.dialects.active_directory import ActiveDirectory
from app.directory.filters import And, Equals, Everything, Filter, Not, Nothing, Or, Present
from app.mapping.filters import Compiled, compile_filter
from app.mapping.language import InvalidMap
from app.provisioning.capabilities import published
from app.scim.errors import InvalidFilter
from app.scim.filters import nodes
from app.scim.filters.parser import parse
from app.scim.filters.resolve import resolve
from app.scim.path import AttributePath
from tests.mapping.samples import DIALECT, read_map, shipped
from tests.scim.samples import USER

URN = "urn:landbridge:scim:schemas:extension:account:1.0:User"
PLACE = f"{URN}:anyName"
DOCUMENT = """
kind: SchemaMap
name: m
resource_type: User
entry: {{object_classes: [user], scope: (cn=*), rdn: cn}}
attributes:
  userName: cn
  title: title
  {place}: {{account: any_name}}
  {locked}: {{account: locked}}
"""
MAP = read_map(DOCUMENT.format(place=PLACE, locked=f"{URN}:locked"))
JO = Equals("anr", b"jo doe")


def compiled(text: str) -> Compiled:
    """Compile a filter for Active Directory."""
    return compile_filter(resolve(parse(text), USER), MAP, ActiveDirectory())


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param(f'{PLACE} sw "jo doe"', JO, id="begins with"),
        pytest.param(f'{PLACE} eq "jo doe"', Equals("anr", b"=jo doe"), id="is"),
        pytest.param(f'{PLACE} ne "jo doe"', Not(Equals("anr", b"=jo doe")), id="is not"),
        pytest.param(f'not ({PLACE} sw "jo doe")', Not(JO), id="not"),
        pytest.param(
            f'{PLACE} sw "jo doe" and title pr', And((JO, Present("title"))), id="and what is certain"
        ),
        pytest.param(f'{PLACE} sw "jo doe" or title pr', Or((JO, Present("title"))), id="or what is certain"),
        pytest.param(f"{PLACE} pr", Nothing(), id="nobody shows it"),
        pytest.param(f"not ({PLACE} pr)", Everything(), id="nobody shows it, negated"),
    ],
)
def test_asked(text: str, asked: Filter) -> None:
    """The directory is asked by its own search for names, and nothing is left to check."""
    assert compiled(text) == Compiled(asked)


def test_beside_what_is_checked() -> None:
    """What is left of the other conditions is checked without it."""
    title = nodes.Comparison(AttributePath("title"), "eq", "Chief")
    name = nodes.Comparison(AttributePath("userName"), "sw", "x")

    found = compiled(f'title eq "Chief" and {PLACE} sw "jo doe"')
    both = compiled(f'title eq "Chief" and ({PLACE} sw "jo doe" and userName sw "x")')

    assert found == Compiled(And((Equals("title", b"Chief"), JO)), title)
    assert both.residue == nodes.And((title, name))


def test_beside_a_state() -> None:
    """What the directory cannot look for at all is checked beside it."""
    locked = nodes.Comparison(AttributePath("locked", None, URN), "eq", value=True)

    assert compiled(f'{PLACE} sw "jo doe" and {URN}:locked eq true') == Compiled(JO, locked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'{PLACE} sw "jo" or title eq "x"', id="or"),
        pytest.param(f'not ({PLACE} sw "jo" and title eq "x")', id="not both"),
        pytest.param(f'title pr and ({PLACE} sw "jo" or emails[value eq "x"] or title eq "x")', id="within"),
    ],
)
def test_beside_what_it_cannot_be_told_from(text: str) -> None:
    """A condition that would have to be looked for in resources, which do not show it, is refused and not dropped."""
    with pytest.raises(InvalidFilter, match=r"anyName is known to the directory alone: join it .* by and$"):
        compiled(text)


@pytest.mark.parametrize("text", ['co "jo"', 'ew "jo"', 'gt "jo"', 'sw "=jo"'])
def test_what_it_is_not_for(text: str) -> None:
    """What the directory's search does not know is refused."""
    with pytest.raises(InvalidFilter, match="anyName: the directory cannot look for names so"):
        compiled(f"{PLACE} {text}")


def test_other_products() -> None:
    """A directory without such a search says so."""
    with pytest.raises(InvalidFilter, match="anyName: the directory cannot look for names so"):
        compile_filter(resolve(parse(f'{PLACE} sw "jo"'), USER), MAP, DIALECT)


def test_only_for_filters() -> None:
    """An attribute that clients could write is none for it."""
    with pytest.raises(InvalidMap, match="could be written, which is in no name"):
        read_map(DOCUMENT.format(place="nickName", locked=f"{URN}:locked"))


def test_published() -> None:
    """Discovery tells of it as what nobody writes, and clients filter by it under that; of other maps it does not."""
    shown = published(MAP)
    attribute = next(
        each
        for extension in shown.extensions
        for each in extension.schema.attributes
        if each.name == "anyName"
    )

    assert (attribute.mutability, attribute.returned) == ("readOnly", "request")
    assert resolve(parse(f'{PLACE} sw "jo"'), shown) == resolve(parse(f'{PLACE} sw "jo"'), USER)
    others = published(shipped("ad-user")).extensions
    assert [each.schema.attribute("anyName") for each in others] == [None] * len(others)
