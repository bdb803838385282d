"""What is remembered of where resources were seen: so much and no more."""

from app.directory.dn import Dn
from app.provisioning.names import Names, Seen

JO = Seen(Dn.parse("uid=jo,dc=example,dc=org"))


def test_what_was_not_asked_about_for_longest_is_forgotten_first() -> None:
    """The memory is bounded; asking keeps what is asked about."""
    names = Names(size=2)
    names.keep("a", JO)
    names.keep("b", JO)
    names.get("a")

    names.keep("c", JO)

    assert [names.get(each) for each in "abc"] == [JO, None, JO]


def test_forgetting() -> None:
    """What is gone is forgotten, also twice."""
    names = Names()
    names.keep("a", JO)

    names.forget("a")
    names.forget("a")

    assert names.get("a") is None
