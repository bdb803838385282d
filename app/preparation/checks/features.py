"""Whether the server can do what provisioning asks of it: controls, operations, overlays and limits."""

from __future__ import annotations

from collections.abc import Iterator

from app.directory.dialects.openldap_ways import OpenLdapWays
from app.directory.dn import Dn
from app.directory.filters import Everything
from app.directory.ldif import render_operation
from app.directory.model import Change, Modify, Search
from app.directory.port import Replicated
from app.directory.windows import NEEDED
from app.preparation import doctor_codes as codes
from app.preparation.census import Census
from app.preparation.checks.active_directory import check_active_directory
from app.preparation.checks.limits import Remedies, check_limits
from app.preparation.finding import Finding
from app.preparation.limits import openldap_limits
from app.preparation.openldap_config import ServerConfig
from app.preparation.overlays import shared, unrepaired, unwatched, watched_groups
from app.preparation.patient import Admitted
from app.preparation.products import MICROSOFT
from app.provisioning.directory_state import DirectoryState
from app.provisioning.domain import Domain

PAGED, ASSERTION = "1.2.840.113556.1.4.319", "1.3.6.1.1.12"
PASSWORD_MODIFY = "1.3.6.1.4.1.4203.1.11.1"  # noqa: S105 - the operation's OID


def check_features(admitted: Admitted, census: Census) -> Iterator[Finding]:
    """Find what the server does not offer, or not for as many entries as there are."""
    yield from _controls(admitted)
    if admitted.is_openldap:
        yield from _openldap(admitted, census)
    elif admitted.domain.dialect.name in MICROSOFT:
        yield from check_active_directory(admitted, census)


def _controls(admitted: Admitted) -> Iterator[Finding]:
    capabilities = admitted.domain.directory.capabilities()
    if PAGED not in capabilities.controls:
        yield Finding(
            codes.NO_PAGING, "The server offers no paged results (RFC 2696).", "Lift its size limit."
        )
    if not _tells_changes(admitted.domain):
        fix = "Load the overlay syncprov." if admitted.is_openldap else "Nothing needs to be done."
        yield Finding(codes.CHANGES_NOT_TOLD, "The server does not tell whether anything has changed.", fix)
    if not admitted.is_openldap:
        return
    if not capabilities.controls >= NEEDED:
        seen = "The server does not sort (RFC 2891), or hands out no parts of what it has sorted (VLV)."
        yield Finding(codes.NOT_SORTED, seen, "Load the overlay sssvlv.")
    if ASSERTION not in capabilities.controls:
        fix = "Use a server that has it, such as OpenLDAP 2.4 and later."
        yield Finding(codes.NO_ASSERTION, "The server offers no assertions.", fix)
    has_passwords = any(each.path_of("password") for each in admitted.domain.maps.values())
    if has_passwords and PASSWORD_MODIFY not in capabilities.extensions:
        fix = "Use a server that has it, or leave the rule for passwords out of the map."
        yield Finding(codes.NO_PASSWORD_CHANGE, "The server does not offer to set passwords.", fix)


def _tells_changes(domain: Domain) -> bool:
    """Tell whether the state of the directory is told, or would not be asked for."""
    directory = domain.directory
    if isinstance(directory, Replicated) and directory.is_replicated:
        return True
    return DirectoryState(lambda: 0.0).of(directory, domain.dialect, domain.base) is not None


def _openldap(admitted: Admitted, census: Census) -> Iterator[Finding]:
    config = admitted.config
    if config is None:
        fix = "Give the doctor an administrator: --admin-dn and --admin-password-file, or --admin-url ldapi:///."
        yield Finding(codes.CONFIG_HIDDEN, "cn=config cannot be read.", fix)
        yield from _lock_unknown(admitted)
        return
    prepare = f"landbridge prepare {admitted.domain.name}"
    yield from _bookkeeping(admitted, config, prepare)
    if config.overlay("accesslog") is None:
        seen = "The database has no overlay accesslog."
        yield Finding(codes.NO_ACCESSLOG, seen, "Nothing needs to be done; slapo-accesslog(5) tells how.")
    if locks_accounts(admitted):
        yield from _policy(admitted, config)
    yield from _hashing(admitted, config)
    lift = f"Lift it for the service account alone: {prepare}"
    limits = openldap_limits(config, admitted.patient.settings.bind_dn)
    yield from check_limits(admitted, limits, census, remedies=Remedies(f"{lift}.", lift))


def _bookkeeping(admitted: Admitted, config: ServerConfig, prepare: str) -> Iterator[Finding]:
    """Find overlays that are not there, or look after something else than what the maps write."""
    domain = admitted.domain
    if shows_groups(admitted):
        other = unwatched(config, domain)
        if config.overlay("memberof") is None:
            yield Finding(codes.NO_MEMBEROF, "The database has no overlay memberof.", f"Load it: {prepare}.")
        elif other:
            yield Finding(codes.NO_MEMBEROF, f"The overlay {other}.", _watching(config, domain))
    if not domain.repairs_references:
        fix = f"Load it: {prepare}; or set referential_integrity: landbridge in the domain's document."
        missing = ", ".join(unrepaired(config, domain))
        if config.overlay("refint") is None:
            yield Finding(codes.NO_REFINT, "The database has no overlay refint.", fix)
        elif missing:
            yield Finding(
                codes.NO_REFINT, f"The overlay refint does not look after {missing}.", f"Tell it: {prepare}."
            )
    names = ", ".join(name for name, _ in shared(config, domain))
    if config.overlay("unique") is None:
        yield Finding(codes.NO_UNIQUE, "The database has no overlay unique.", f"Load it: {prepare}.")
    elif names:
        yield Finding(
            codes.NO_UNIQUE, f"The overlay unique does not look after {names}.", f"Tell it: {prepare}."
        )


def _watching(config: ServerConfig, domain: Domain) -> str:
    """Write the change for an overlay that keeps other groups' members; that is for people to decide."""
    overlay = config.overlay("memberof")
    changes = tuple(
        Change("replace", name, (value.encode(),)) for name, value in watched_groups(domain).items()
    )
    change = render_operation(Modify(overlay.dn, changes)) if overlay else ""
    return f"Have it look at them, or load it once more for them.\n{change}".rstrip()


def _lock_unknown(admitted: Admitted) -> Iterator[Finding]:
    """Find from the schema alone that no account can be locked: the overlay brings its attributes itself."""
    (lock, *_) = admitted.domain.dialect.account_attributes or ("",)
    if (
        locks_accounts(admitted)
        and admitted.live is not None
        and admitted.live.schema.attribute(lock) is None
    ):
        seen = (
            f"active is kept by the password policy, and the server knows no {lock}: ppolicy is not loaded."
        )
        yield Finding(codes.NO_PPOLICY, seen, f"Load it: landbridge prepare {admitted.domain.name}.")


def _policy(admitted: Admitted, config: ServerConfig) -> Iterator[Finding]:
    prepare = f"landbridge prepare {admitted.domain.name}"
    overlay = config.overlay("ppolicy")
    if overlay is None:
        yield Finding(codes.NO_PPOLICY, "The database has no overlay ppolicy.", f"Load it: {prepare}.")
        return
    name = overlay.text("olcPPolicyDefault")
    if name is None or not _locks(admitted, Dn.parse(name)):
        seen = "The overlay ppolicy has no default policy, or one without pwdLockout: TRUE."
        yield Finding(codes.NO_POLICY, seen, f"Make one: {prepare}.")


def _hashing(admitted: Admitted, config: ServerConfig) -> Iterator[Finding]:
    dialect, overlay = admitted.domain.dialect, config.overlay("ppolicy")
    is_hashed = overlay is not None and overlay.text("olcPPolicyHashCleartext") == "TRUE"
    if isinstance(dialect, OpenLdapWays) and dialect.leaves_hashing and not is_hashed:
        seen = "Passwords are sent in entries (accounts.passwords: entry), and the server stores them as they come."
        fix = "Set olcPPolicyHashCleartext: TRUE on the overlay ppolicy, or have passwords: operation or argon2."
        yield Finding(codes.NOT_HASHED, seen, fix, ("accounts", "passwords"))


def _locks(admitted: Admitted, policy: Dn) -> bool:
    directory = admitted.patient.administration or admitted.domain.directory
    search = Search(policy, "base", Everything(), attributes=("pwdLockout",), size_limit=1)
    entry = next(iter(directory.search(search)), None)
    return entry is not None and entry.text("pwdLockout") == "TRUE"


def shows_groups(admitted: Admitted) -> bool:
    """Tell whether a map reads whose member somebody is."""
    names = {rule.attribute.lower() for each in admitted.domain.maps.values() for rule in each.references}
    return "memberof" in names


def locks_accounts(admitted: Admitted) -> bool:
    """Tell whether accounts are disabled by the lock of the password policy."""
    is_mapped = any(each.path_of("enabled") for each in admitted.domain.maps.values())
    return is_mapped and "pwdAccountLockedTime" in admitted.domain.dialect.account_attributes
