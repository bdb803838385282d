"""What has to be done to an OpenLDAP so that a domain can be provisioned: the difference between it and what is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path

from app.directory.dn import Dn, Rdn
from app.directory.indexes import Index, Kind
from app.directory.ldif import NO_PASSWORD
from app.directory.ldif_text import parse_ldif
from app.directory.model import Add, Change, Entry, Modify, SetPassword, Values
from app.directory.port import Directory
from app.directory.schema import AttributeType, Schema
from app.directory.schema_text import attribute_type, object_class
from app.preparation.access import missing_rights
from app.preparation.checks.features import locks_accounts, shows_groups
from app.preparation.checks.searching import is_indexed, wanted_indexes
from app.preparation.limits import lifted, openldap_limits
from app.preparation.live import CONFIG, Live, texts
from app.preparation.openldap_config import FRONTEND, ServerConfig, exists, unnumbered
from app.preparation.overlays import memberof_settings, shared, unique_uris, unrepaired, written_references
from app.preparation.patient import Admitted, containers
from app.preparation.work import Task, Work, final, task

SCHEMA = Path(__file__).parents[2] / "ldap_schemas" / "openldap" / "scim.ldif"
_WORDS: Mapping[Kind, str] = {"equality": "eq", "substring": "sub", "presence": "pres", "ordering": "eq"}
MEMBER_OF = AttributeType("1.2.840.113556.1.2.102", ("memberOf",), equality="distinguishedNameMatch")
"""Known to slapd once the overlay is loaded."""
_ADVICE = "An administrator who may read and write cn=config is needed: --admin-dn, or --admin-url ldapi:///."


def openldap_work(admitted: Admitted, data: Directory) -> Work:
    """Say what is to be done; ``data`` is the directory as an administrator of its entries sees it."""
    if admitted.config is None or admitted.patient.administration is None:
        return Work(tuple(_entries(admitted, data)), (_ADVICE,))
    config = admitted.config
    tasks = (
        *_schema(admitted),
        *_entries(admitted, data),
        *_overlays(admitted, config),
        *_extended(admitted, config),
        *_database(admitted, config),
        *_policy(admitted, config, data=data),
    )
    return Work(tasks)


def _schema(admitted: Admitted) -> Iterator[Task]:
    shipped = _shipped_schema()
    missing = _missing_classes(admitted, shipped)
    if missing:
        yield final(shipped, f"the schema of {', '.join(missing)}; slapd cannot unload a schema")


def _shipped_schema() -> Add:
    operations = parse_ldif(SCHEMA.read_text(encoding="utf-8"))
    return next(each for each in operations if isinstance(each, Add))


def _missing_classes(admitted: Admitted, shipped: Add) -> list[str]:
    names = {object_class(value.decode()).name for value in shipped.attributes["olcObjectClasses"]}
    wanted = {name for each in admitted.domain.maps.values() for name in each.entry.all_classes}
    live = admitted.live
    return [] if live is None else sorted(n for n in names & wanted if live.schema.object_class(n) is None)


def _afterwards(admitted: Admitted, live: Live) -> Live:
    """Return what the directory will offer when schema and overlays are loaded."""
    known = live.schema
    shipped = _shipped_schema()
    coming = [attribute_type(value.decode()) for value in shipped.attributes["olcAttributeTypes"]]
    added = coming if _missing_classes(admitted, shipped) else []
    if shows_groups(admitted) and known.attribute("memberOf") is None:
        added = [*added, MEMBER_OF]
    return replace(live, schema=replace(known, attribute_types=(*known.attribute_types, *added)))


def _entries(admitted: Admitted, data: Directory) -> Iterator[Task]:
    """Make the base, the service account and the containers, as far as they are not there."""
    domain = admitted.domain
    account = admitted.patient.settings.bind_dn
    needed = [name for each in domain.maps.values() for name in containers(each, domain)]
    made: set[Dn] = set()
    for name in (domain.base, *dict.fromkeys(needed)):
        yield from _container(name, domain.base, data, made=made)
    if account.is_within(domain.base) and not exists(data, account):
        yield from _container(account.parent, domain.base, data, made=made)
        yield from _account(account, admitted.patient.settings.bind_password)


def _container(name: Dn, base: Dn, data: Directory, *, made: set[Dn]) -> Iterator[Task]:
    if name in made or not name.is_within(base) or exists(data, name):
        return
    if name != base:
        yield from _container(name.parent, base, data, made=made)
    made.add(name)
    yield task(Add(name, _attributes(name.rdn)), f"a container: {name}")


def _attributes(rdn: Rdn) -> dict[str, Values]:
    (ava, *_) = rdn.avas
    value = (ava.value.encode(),)
    match ava.attribute.lower():
        case "dc":
            return {"objectClass": (b"dcObject", b"organization"), "dc": value, "o": value}
        case "o":
            return {"objectClass": (b"organization",), "o": value}
        case "ou":
            return {"objectClass": (b"organizationalUnit",), "ou": value}
        case name:
            return {"objectClass": (b"applicationProcess",), name: value}


def _account(account: Dn, password: str) -> Iterator[Task]:
    attributes = {
        "objectClass": (b"applicationProcess", b"simpleSecurityObject"),
        account.rdn.avas[0].attribute: (account.rdn.avas[0].value.encode(),),
        "userPassword": (NO_PASSWORD,),
    }
    yield task(Add(account, attributes), "the service account")
    if password:
        yield final(SetPassword(account, password), "the service account's password, hashed by the server")


def _overlays(admitted: Admitted, config: ServerConfig) -> Iterator[Task]:
    wanted = dict(_wanted_overlays(admitted))
    missing = {name: more for name, more in wanted.items() if config.overlay(name) is None}
    unloaded = [name for name in missing if not config.loads(name)]
    if unloaded:
        yield _modules(config, unloaded)
    for number, (name, (kind, attributes, why)) in enumerate(missing.items(), start=len(config.overlays)):
        # By the name that slapd would give it, so that it can be taken back by that.
        value = name if config.is_assumed else f"{{{number}}}{name}"
        own = {"objectClass": (b"olcOverlayConfig", kind.encode()), "olcOverlay": (value.encode(),)}
        dn = config.database.dn.below(Rdn.of("olcOverlay", value))
        added = Add(dn, {**own, **attributes})
        told = f"the overlay {name}: {why}"
        yield final(added, f"{told}; slapd numbers it") if config.is_assumed else task(added, told)


Overlay = tuple[str, dict[str, Values], str]


def _wanted_overlays(admitted: Admitted) -> Iterator[tuple[str, Overlay]]:
    base = admitted.domain.base
    if shows_groups(admitted):
        attributes: dict[str, Values] = {
            "olcMemberOfRefInt": (b"TRUE",),
            **memberof_settings(admitted.domain),
        }
        yield "memberof", ("olcMemberOfConfig", attributes, "users show their groups")
    references = written_references(admitted.domain)
    if references:
        attributes = {"olcRefintAttribute": tuple(name.encode() for name in references)}
        yield "refint", ("olcRefintConfig", attributes, "nothing names who is gone")
    if locks_accounts(admitted):
        attributes = {"olcPPolicyDefault": (str(_policy_name(base)).encode(),)}
        yield "ppolicy", ("olcPPolicyConfig", attributes, "accounts can be locked")
    yield "syncprov", ("olcSyncProvConfig", {}, "lists are not read again while nothing has changed")
    yield "sssvlv", ("olcSssVlvConfig", {}, "lists by time come sorted, page by page")
    uris = tuple(uri.encode() for _, uri in unique_uris(admitted.domain))
    if uris:
        yield "unique", ("olcUniqueConfig", {"olcUniqueURI": uris}, "no two users have one name")


def _extended(admitted: Admitted, config: ServerConfig) -> Iterator[Task]:
    """Have overlays that are loaded look after what the maps write, too."""
    refint, unique = config.overlay("refint"), config.overlay("unique")
    missing = unrepaired(config, admitted.domain)
    if refint is not None and missing:
        yield _added(refint, "olcRefintAttribute", list(missing), f"refint looks after {', '.join(missing)}")
    names = shared(config, admitted.domain)
    if unique is not None and names:
        told = ", ".join(name for name, _ in names)
        yield _added(unique, "olcUniqueURI", [uri for _, uri in names], f"unique looks after {told}")


def _modules(config: ServerConfig, names: Iterable[str]) -> Task:
    values = tuple(name.encode() for name in names)
    why = f"the modules {', '.join(names)}; slapd cannot unload a module"
    if config.modules:
        return final(Modify(config.modules[0].dn, (Change("add", "olcModuleLoad", values),)), why)
    attributes: dict[str, Values] = {
        "objectClass": (b"olcModuleList",),
        "cn": (b"module",),
        "olcModuleLoad": values,
    }
    return final(Add(CONFIG.below(Rdn.of("cn", "module")), attributes), why)


def _database(admitted: Admitted, config: ServerConfig) -> Iterator[Task]:
    database = config.database
    account = admitted.patient.settings.bind_dn
    limits = openldap_limits(config, account)
    if limits.entries is not None or (limits.seconds or inf) < admitted.patient.settings.search_seconds:
        value = f"{{0}}{lifted(account)}"
        yield _added(database, "olcLimits", [value], "no limit for the service account's lists")
    rights = [] if config.root_dn == account else missing_rights(database, account, admitted.domain.base)
    if rights:
        yield _added(database, "olcAccess", rights, "the service account's rights; all others keep theirs")
    if admitted.live is None:
        rights = ['{0}to dn.base="cn=Subschema" by users read by * break']
        yield _added(Entry(FRONTEND, {}), "olcAccess", rights, "the schema can be read")
    else:
        yield from _indexes(admitted, _afterwards(admitted, admitted.live), database)


def _added(entry: Entry, attribute: str, values: list[str], why: str) -> Task:
    change = Change("add", attribute, tuple(value.encode() for value in values))
    return task(Modify(entry.dn, (change,)), why, before=entry)


def _indexes(admitted: Admitted, live: Live, database: Entry) -> Iterator[Task]:
    missing: dict[str, set[str]] = {}
    for schema_map in admitted.domain.maps.values():
        for index in wanted_indexes(schema_map, live):
            _note(index, live, missing)
    if database.attributes and missing:
        yield _reindexed(missing, live, database)
    for name, words in () if database.attributes else missing.items():
        # Nobody has seen what there is: each by itself, so that one that is there does not keep the others away.
        yield _added(database, "olcDbIndex", [f"{name} {','.join(sorted(words))}"], f"an index of {name}")


def _reindexed(missing: Mapping[str, set[str]], live: Live, database: Entry) -> Task:
    lines = [unnumbered(text) for text in texts(database, "olcDbIndex")]
    gone, new = _merged(lines, missing, live.schema)
    changes = [
        *([Change("delete", "olcDbIndex", tuple(line.encode() for line in gone))] if gone else []),
        Change("add", "olcDbIndex", tuple(line.encode() for line in new)),
    ]
    why = f"indexes of {', '.join(sorted(missing))}"
    return task(Modify(database.dn, tuple(changes)), why, before=database)


def _note(index: Index, live: Live, missing: dict[str, set[str]]) -> None:
    attribute = live.schema.attribute(index[0])
    if attribute is not None and not is_indexed(index, live):
        missing.setdefault(attribute.name, set()).add(_WORDS[index[1]])


def _merged(lines: list[str], missing: Mapping[str, set[str]], schema: Schema) -> tuple[list[str], list[str]]:
    """Say which lines go and which come: slapd takes one line for each attribute."""
    gone, new, waiting = [], [], {name: set(words) for name, words in missing.items()}
    for line in lines:
        names, _, words = line.partition(" ")
        known = {name: schema.attribute(name) for name in names.split(",")}
        touched = {name: found for name, found in known.items() if found and found.name in waiting}
        if not touched or not words.strip():
            continue
        gone.append(line)
        kept = [name for name in known if name not in touched]
        new += [f"{','.join(kept)} {words}"] if kept else []
        new += [_line(found, words, waiting.pop(found.name)) for found in touched.values()]
    new += [f"{name} {','.join(sorted(words))}" for name, words in waiting.items()]
    return gone, new


def _line(attribute: AttributeType, words: str, more: set[str]) -> str:
    return f"{attribute.name} {','.join(dict.fromkeys((*words.replace(' ', '').split(','), *sorted(more))))}"


def _policy_name(base: Dn) -> Dn:
    return Dn((*Dn.parse("cn=default,ou=Policies").rdns, *base.rdns))


def _policy(admitted: Admitted, config: ServerConfig, *, data: Directory) -> Iterator[Task]:
    """Make the policy under which a lock holds, unless the site has one of its own."""
    if not locks_accounts(admitted):
        return
    overlay = config.overlay("ppolicy")
    told = overlay.text("olcPPolicyDefault") if overlay else None
    name = Dn.parse(told) if told else _policy_name(admitted.domain.base)
    if overlay is not None and told is None:
        value = str(name).encode()
        yield task(
            Modify(overlay.dn, (Change("add", "olcPPolicyDefault", (value,)),)),
            "the default policy's name",
            before=overlay,
        )
    if exists(data, name):
        return
    yield from _container(name.parent, admitted.domain.base, data, made=set())
    attributes: dict[str, Values] = {
        "objectClass": (b"applicationProcess", b"pwdPolicy"),
        name.rdn.avas[0].attribute: (name.rdn.avas[0].value.encode(),),
        "pwdAttribute": (b"userPassword",),
        "pwdLockout": (b"TRUE",),
    }
    yield task(Add(name, attributes), "the policy under which a locked account cannot be used")
