"""Names that Windows does not take are refused with the rule in words; so are passwords, as far as that can be told."""

import pytest

from app.directory.dialects.active_directory_rules import Policy, policy_for, refuse_unfit
from app.directory.dn import Dn
from app.directory.errors import ConstraintViolation
from app.directory.model import Add, Change, Delete, Entry, Modify, Rename, Search

JO = Dn.parse("CN=jo,OU=People,DC=ad,DC=example")
TOP = Dn.parse("DC=ad,DC=example")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a" * 21, "longer than the 20 characters"),
        ("a/b", "holds one of the characters"),
        ("a\x07", "a control character"),
        ("jo.", "ends with a dot"),
        (". .", "made of dots and spaces"),
    ],
)
def test_unfit_account_name(name: str, reason: str) -> None:
    """An account's name has a length, and characters that it may not have."""
    for operation in (
        Add(JO, {"sAMAccountName": (name.encode(),)}),
        Modify(JO, (Change("replace", "samaccountname", (name.encode(),)),)),
    ):
        with pytest.raises(ConstraintViolation) as caught:
            refuse_unfit([operation], is_account=True)

        assert reason in caught.value.reason
        assert caught.value.diagnostic.lower() == "samaccountname"


def test_names_of_entries() -> None:
    """A new name of an entry, and one that it is to have, has at most 64 characters."""
    for length in (64, 65):
        dn = Dn.parse(f"CN={'x' * length},OU=People,DC=ad,DC=example")
        for operation in (Add(dn, {}), Rename(JO, dn.rdn), Add(dn, {"cn": (b"x" * length,)})):
            if length == 64:
                refuse_unfit([operation], is_account=True)
                continue
            with pytest.raises(ConstraintViolation, match="longer than the 64 characters"):
                refuse_unfit([operation], is_account=True)


def test_fit_names() -> None:
    """Groups may have longer names; what is taken away, and other attributes, are no matter."""
    old = Change("delete", "sAMAccountName", (b"a/b",))

    refuse_unfit(
        [
            Add(JO, {"sAMAccountName": (b"a" * 64,), "title": (b"a/b",), "userPrincipalName": (b"jo@x",)}),
            Modify(JO, (old,)),
            Delete(JO),
        ],
        is_account=False,
    )
    refuse_unfit([Add(JO, {"sAMAccountName": ("ä".encode() * 20,)})], is_account=True)


def test_principal_name() -> None:
    """A principal's name has a suffix."""
    with pytest.raises(ConstraintViolation, match="name@suffix"):
        refuse_unfit([Add(JO, {"userPrincipalName": (b"jo",)})], is_account=True)


@pytest.mark.parametrize(
    ("policy", "password", "expected"),
    [
        (Policy(min_length=8), "short", "it has fewer than 8 characters"),
        (
            Policy(min_length=8, is_complex=True),
            "short",
            (
                "it has fewer than 8 characters and has fewer than three kinds of characters "
                "(capital letters, small letters, digits, others)"
            ),
        ),
        (
            Policy(8, is_complex=True, history=24, min_age_hours=24),
            "Long enough 1",
            (
                "it is one of the account's last 24 passwords or holds the account's or the user's name "
                "or follows another one too soon, within 24 hours"
            ),
        ),
        (Policy(), "x", "it breaks a rule that the domain keeps to itself"),
    ],
)
def test_likely_rule(policy: Policy, password: str, expected: str) -> None:
    """What can be seen in a password is said; else what may be."""
    assert policy.likely(password) == expected


def test_policy_of_the_domain() -> None:
    """The domain's policy holds for whom none of its own does."""
    domain = {"minpwdlength": (b"7",), "pwdproperties": (b"1",), "pwdhistorylength": (b"24",)}
    entries = {TOP: Entry(TOP, {**domain, "minpwdage": (b"-864000000000",)})}

    def read(search: Search) -> Entry | None:
        return entries.get(search.base)

    assert policy_for(JO, read) == Policy(7, is_complex=True, history=24, min_age_hours=24)
    assert policy_for(Dn.parse("CN=jo,DC=other"), read) is None


def test_policy_of_ones_own() -> None:
    """A password settings object takes the place of the domain's policy."""
    own = Dn.parse("CN=strict,DC=ad,DC=example")
    entries = {
        JO: Entry(JO, {"msds-resultantpso": (str(own).encode(),)}),
        own: Entry(
            own, {"msds-minimumpasswordlength": (b"15",), "msds-passwordcomplexityenabled": (b"FALSE",)}
        ),
    }

    assert policy_for(JO, lambda search: entries.get(search.base)) == Policy(15)
