"""What was shown before is shown again only where nothing that it was made of is another."""

from __future__ import annotations

from collections.abc import Mapping

from app.directory.dn import Dn, Rdn
from app.directory.model import Entry
from app.mapping.bounded import MAX_VALUE_BYTES
from app.mapping.recall import Recall
from app.mapping.references import Referent, Referents
from app.mapping.translate import to_resource
from tests.mapping.samples import BASE, DIALECT, ID, ROBOT_MAP, USER_MAP

PEOPLE = BASE.below(Rdn.of("ou", "People"))
STAFF = BASE.below(Rdn.of("cn", "staff"))


def person(name: str = "jo", *, parent: Dn = PEOPLE, **more: str) -> Entry:
    """Make an entry as a directory returns it."""
    values: Mapping[str, str] = {"entryUUID": ID, "uid": name, "sn": "Doe", "cn": "Jo Doe", **more}
    return Entry.of(
        parent.below(Rdn.of("uid", name)), {key: [value.encode()] for key, value in values.items()}
    )


def test_the_same_again() -> None:
    """An entry that came once more as it was is the same resource; another value, name or attribute makes another one."""
    recall = Recall()
    first = recall.resource(USER_MAP, person(), DIALECT)

    assert first == to_resource(USER_MAP, person(), DIALECT)
    assert recall.resource(USER_MAP, person(), DIALECT) is first
    for other in (person(sn="Dow"), person(title="Dr."), person(parent=BASE)):
        assert recall.resource(USER_MAP, other, DIALECT) == to_resource(USER_MAP, other, DIALECT)
    assert recall.resource(USER_MAP, person(), DIALECT) == first


def test_by_another_map() -> None:
    """A map that says something else is not answered by what an earlier one made."""
    recall = Recall()
    recall.resource(USER_MAP, person(), DIALECT)

    shown = recall.resource(ROBOT_MAP, person(), DIALECT)

    assert shown.type == ROBOT_MAP.resource_type


def test_who_is_referred_to() -> None:
    """Where a group is called something else now, whoever is in it shows that."""
    recall = Recall()
    entry = person(memberOf=str(STAFF))

    def displays(name: str) -> object:
        referents: Referents = {STAFF: Referent(STAFF, "1", "Group", display=name)}
        return recall.resource(USER_MAP, entry, DIALECT, referents).attributes.get("groups")

    assert displays("Staff") == [{"value": "1", "display": "Staff", "type": "direct"}]
    assert displays("Crew") == [{"value": "1", "display": "Crew", "type": "direct"}]


def test_little_is_kept() -> None:
    """Large entries are not kept, and where there is no more room every other one is forgotten."""
    recall = Recall(max_bytes=9_000)
    large = person(title="x" * (MAX_VALUE_BYTES + 1))
    shown = [recall.resource(USER_MAP, person(f"p{number}"), DIALECT) for number in range(5)]

    again = [recall.resource(USER_MAP, person(f"p{number}"), DIALECT) for number in range(5)]

    assert recall.resource(USER_MAP, large, DIALECT) is not recall.resource(USER_MAP, large, DIALECT)
    assert again == shown
    assert 0 < sum(one is other for one, other in zip(again, shown, strict=True)) < len(shown)
