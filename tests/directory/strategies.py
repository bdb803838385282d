"""What hypothesis makes: hostile text, names, filters and entries."""

from hypothesis import strategies as st

from app.directory.dn import Ava, Dn, Rdn
from app.directory.filters import (
    Equals,
    Extensible,
    Filter,
    GreaterOrEqual,
    LessOrEqual,
    Present,
    Substrings,
    all_of,
    any_of,
    negate,
)

HOSTILE = (
    *' *()\\,+"<>;#=/:\0\n\r\t',
    "😀",
    "ß",
    "ẞ",
    "İ",
    "\u017f",
    "e\u0301",
    "Σ",
    "\u00a0",
    "\u202e",
    "中",
)

texts = st.lists(
    st.sampled_from(HOSTILE) | st.characters(codec="utf-8") | st.sampled_from("aAb1"), min_size=1, max_size=8
).map("".join)
octets = st.binary(min_size=1, max_size=8) | texts.map(str.encode)
_types = st.sampled_from(["uid", "CN", "ou", "2.5.4.3"])
rdns = st.builds(Rdn, st.lists(st.builds(Ava, _types, texts), min_size=1, max_size=2).map(tuple))
names = st.builds(Dn, st.lists(rdns, max_size=3).map(tuple))

_attributes = st.sampled_from(["cn", "mail;lang-de", "2.5.4.4"])
_substrings = st.builds(
    Substrings,
    _attributes,
    st.none() | octets,
    st.lists(octets, max_size=2).map(tuple),
    st.none() | octets,
).filter(lambda node: bool(node.initial or node.any or node.final))
_tests: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Equals, _attributes, octets),
    st.builds(GreaterOrEqual, _attributes, octets),
    st.builds(LessOrEqual, _attributes, octets),
    st.builds(Present, _attributes),
    st.builds(Extensible, _attributes, st.just("caseExactMatch"), octets),
    _substrings,
)


def _joined(below: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(below, min_size=1, max_size=3)
    return several.map(all_of) | several.map(any_of) | below.map(negate)


filters = st.recursive(_tests, _joined, max_leaves=6)
