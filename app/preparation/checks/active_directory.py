"""What is asked of an Active Directory alone: its clock and level, quotas, suffixes, and how it wants to be bound to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from app.directory.dn import Dn, Rdn
from app.directory.errors import DirectoryError
from app.directory.filters import Everything, Present, Substrings, all_of, any_of, negate
from app.directory.model import Entry, Search
from app.preparation import doctor_codes as codes
from app.preparation.census import Census
from app.preparation.checks.limits import Remedies, check_limits
from app.preparation.finding import Finding
from app.preparation.limits import query_policy_limits
from app.preparation.live import texts
from app.preparation.patient import Admitted
from app.preparation.plain_bind import takes_plain_binds

_LEVEL_2008_R2 = 4
_UNLIMITED = frozenset({"-1", "4294967295"})
_SERVICES = "CN=Directory Service,CN=Windows NT,CN=Services"
_EXAMPLES = 3
_PRINCIPAL = "userPrincipalName"
_LIMITS = "lDAPAdminLimits"
_REMEDIES = Remedies(
    entries="",
    seconds="Raise it by ntdsutil (ldap policies, set MaxQueryDuration to SECONDS, commit changes)",
    memory="Raise it by ntdsutil (ldap policies), or have domains with smaller bases.",
)


def check_active_directory(admitted: Admitted, census: Census) -> Iterator[Finding]:
    """Find what is not as provisioning wants it."""
    root = admitted.root
    level = root.text("domainFunctionality")
    if level and level.isdecimal() and int(level) < _LEVEL_2008_R2:
        yield Finding(codes.OLD_LEVEL, f"The domain's functional level is {level}.", "Raise it.")
    yield from _channel_binding(admitted)
    yield from _plain_binds(admitted)
    configuration = root.text("configurationNamingContext")
    if configuration:
        name = Dn.parse(configuration)
        yield from _forest(admitted, name)
        limits = query_policy_limits(texts(_query_policy(admitted, name), _LIMITS))
        yield from check_limits(admitted, limits, census, remedies=_REMEDIES)
    domain = root.text("defaultNamingContext")
    if domain:
        yield from _quotas(admitted, Dn.parse(domain))


def _channel_binding(admitted: Admitted) -> Iterator[Finding]:
    settings = admitted.patient.settings
    is_tls = settings.tls.start_tls or any(each.scheme == "ldaps" for each in settings.servers)
    if settings.bind_method == "gssapi" and is_tls:
        seen = "Landbridge binds by GSSAPI over TLS, with the token that LdapEnforceChannelBinding asks for."
        fix = (
            "Let nothing with a certificate of its own stand between, or bind by name and password over TLS."
        )
        yield Finding(codes.CHANNEL_BINDING, seen, fix, ("bind", "method"))


def _plain_binds(admitted: Admitted) -> Iterator[Finding]:
    patient = admitted.patient
    for server in (each for each in patient.settings.servers if each.scheme != "ldapi"):
        port = server.port if server.scheme == "ldap" else patient.plain_port
        if takes_plain_binds(server.host, port, seconds=patient.settings.connect_seconds):
            seen = f"{server.host}:{port} takes names and passwords that are not encrypted."
            fix = "Require signing (LdapServerIntegrity = 2: the policy “LDAP server signing requirements”)."
            yield Finding(codes.PLAIN_BINDS, seen, fix, ("servers",))


def _forest(admitted: Admitted, configuration: Dn) -> Iterator[Finding]:
    if not _has_recycle_bin(admitted, configuration):
        fix = "Enable-ADOptionalFeature 'Recycle Bin Feature' -Scope ForestOrConfigurationSet -Target FOREST."
        yield Finding(codes.RECYCLE_BIN, "The forest's recycle bin is not enabled.", fix)
    yield from _suffixes(admitted)


def _query_policy(admitted: Admitted, configuration: Dn) -> Entry:
    """Read the policy of the controller that was asked: its own, its site's, or the forest's (MS-ADTS §3.1.1.3.4.6)."""
    told = admitted.root.text("dsServiceName")
    if told:
        controller = Dn.parse(told)
        site = Dn(controller.rdns[3:]).below(Rdn.of("CN", "NTDS Site Settings"))
        for name in (controller, site):
            own = _read(admitted, name, "queryPolicyObject").text("queryPolicyObject")
            if own:
                return _read(admitted, Dn.parse(own), _LIMITS)
    return _read(
        admitted, _below(f"CN=Default Query Policy,CN=Query-Policies,{_SERVICES}", configuration), _LIMITS
    )


def _has_recycle_bin(admitted: Admitted, configuration: Dn) -> bool:
    name = _below(f"CN=Recycle Bin Feature,CN=Optional Features,{_SERVICES}", configuration)
    return bool(_read(admitted, name, "msDS-EnabledFeatureBL").values("msDS-EnabledFeatureBL"))


def _suffixes(admitted: Admitted) -> Iterator[Finding]:
    """Find user principal names that the forest knows no suffix of."""
    maps, principals = admitted.domain.maps.values(), admitted.domain.dialect.principals
    written = {rule.attribute.lower() for each in maps for rule in each.rules}
    written |= {fixed.attribute.lower() for each in maps for fixed in each.entry.attributes}
    if principals is None or principals.attribute.lower() not in written:
        return
    known = principals.known_suffixes(admitted.domain.directory.search)
    if not known:
        return
    ends = (Substrings(_PRINCIPAL, final=f"@{suffix}".encode()) for suffix in known)
    strangers = all_of([Present(_PRINCIPAL), negate(any_of(ends))])
    others: Counter[str] = Counter()
    for entry in admitted.domain.directory.search(
        Search(admitted.domain.base, filter=strangers, attributes=(_PRINCIPAL,))
    ):
        others[(entry.text(_PRINCIPAL) or "").rpartition("@")[2].lower()] += 1
    if others:
        some = ", ".join(f"{count} with @{suffix}" for suffix, count in others.most_common(_EXAMPLES))
        seen = f"The forest knows no such suffix of user principal names: {some}."
        fix = "Set-ADForest -UPNSuffixes @{Add='SUFFIX'}, or have clients send names with one that it knows."
        yield Finding(codes.UPN_SUFFIX, seen, fix)


def _quotas(admitted: Admitted, domain: Dn) -> Iterator[Finding]:
    machines = _read(admitted, domain, "ms-DS-MachineAccountQuota").text("ms-DS-MachineAccountQuota") or "0"
    if machines != "0":
        seen = f"Whoever can bind may add {machines} computers to the domain (ms-DS-MachineAccountQuota)."
        yield Finding(codes.MACHINE_QUOTA, seen, f"Set ms-DS-MachineAccountQuota of {domain} to 0.")
    name = _below("CN=NTDS Quotas", domain)
    quota = _read(admitted, name, "msDS-DefaultQuota").text("msDS-DefaultQuota")
    if quota is not None and quota not in _UNLIMITED:
        seen = f"An account may own {quota} entries (msDS-DefaultQuota), and Landbridge owns those that it makes."
        account = admitted.patient.settings.bind_dn
        yield Finding(codes.OBJECT_QUOTA, seen, f'dsadd quota -part "{domain}" -acct "{account}" -qlimit -1')


def _below(names: str, base: Dn) -> Dn:
    return Dn((*Dn.parse(names).rdns, *base.rdns))


def _read(admitted: Admitted, name: Dn, attribute: str) -> Entry:
    search = Search(name, "base", Everything(), attributes=(attribute,), size_limit=1)
    try:
        return next(iter(admitted.domain.directory.search(search)), Entry(name, {}))
    except DirectoryError:
        return Entry(name, {})
