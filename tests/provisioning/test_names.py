"""What is remembered of where resources were seen: so much and no more."""

from app.directory.dn import Dn
from app.provisioning.names import Names, Seen

JO, ANN = (Seen(Dn.parse(f"uid={name},dc=example,dc=org")) for name in ("jo", "ann"))


def test_what_was_not_asked_about_for_longest_is_forgotten_first() -> None:
    """The memory is bounded; asking keeps what is asked about."""
    names = Names(size=2)
    names.keep("a", JO)
    names.keep("b", JO)
    names.get("a")

    names.keep("c", JO)

    assert [names.get(each) for each in "abc"] == [JO, None, JO]


def test_places() -> None:
    """Of who is where he was it stays known whom he showed; who is elsewhere is remembered anew."""
    names = Names()
    shown = Seen(JO.dn, (ANN.dn,))
    names.keep("a", shown)
    names.keep("b", shown)

    names.keep_places([("a", JO.dn), ("b", ANN.dn), ("c", ANN.dn)])

    assert [names.get(each) for each in "abc"] == [shown, ANN, ANN]


def test_forgetting() -> None:
    """What is gone is forgotten, also twice."""
    names = Names()
    names.keep("a", JO)

    names.forget("a")
    names.forget("a")

    assert names.get("a") is None
