"""Work for an administrator who carries it out by himself: as files, and where nobody may look, for a server that has nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from app.directory.dn import Dn
from app.directory.errors import Refused
from app.directory.model import Entry, Operation, Search, SetPassword
from app.directory.port import Capabilities
from app.directory.schema import AttributeType, Schema
from app.preparation.live import CONFIG, Live
from app.preparation.openldap_config import ServerConfig
from app.preparation.patient import Admitted, Patient
from app.preparation.work import Task, Work

_DATABASE = Dn.parse("olcDatabase={1}mdb,cn=config")
ASSUMED = (
    f"Nobody could look at cn=config, so this is for a server that has none of it, with its entries in {_DATABASE}. "
    "Correct that name where it is another one, and leave out what is there already."
)


class Unseen:
    """A directory of which nobody could see anything."""

    def search(self, search: Search) -> Iterator[Entry]:
        """Find nothing."""
        del search
        return iter(())

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> NoReturn:
        """Refuse."""
        del read_back
        raise Refused(f"{operation.dn}: nobody may look at the directory, let alone change it")

    def authenticate(self, dn: Dn, password: str) -> NoReturn:
        """Refuse."""
        del password
        raise Refused(f"{dn}: nobody may look at the directory")

    def capabilities(self) -> Capabilities:
        """Know of nothing."""
        return Capabilities()


def unseen(patient: Patient) -> Admitted:
    """Take a directory for one that has nothing but its base schema."""
    maps = patient.domain.maps.values()
    names = {rule.attribute for each in maps for rule in each.rules}
    names |= {rule.attribute for each in maps for rule in each.references}
    names |= {"objectClass", patient.domain.dialect.id_attribute, "memberOf"}
    known = tuple(AttributeType(name, (name,)) for name in sorted(names))
    live = Live(Schema(attribute_types=known), patient.domain.dialect)
    return Admitted(patient, Entry(Dn(()), {}), live, None)


def assumed(admitted: Admitted) -> Admitted:
    """Take the configuration for one that has nothing, as far as the schema does not show that it has."""
    live = None if admitted.live is None else replace(admitted.live, indexes={})
    shown = _shown(live.schema) if live is not None and admitted.root.attributes else ()
    config = ServerConfig(Entry(_DATABASE, {}), shown, (), is_assumed=True)
    patient = replace(admitted.patient, administration=Unseen())
    return replace(admitted, patient=patient, live=live, config=config)


def _shown(schema: Schema) -> tuple[Entry, ...]:
    # slapd knows the attribute once the overlay is loaded.
    has_it = schema.attribute("memberOf") is not None
    return (Entry(_DATABASE, {"olcoverlay": (b"memberof",)}),) if has_it else ()


def files_of(work: Work, *, is_assumed: bool = False) -> Iterator[tuple[str, str]]:
    """Name the files and write them: configuration, schema and entries have administrators of their own."""
    for number, (side, tasks) in enumerate(_sides(work).items(), start=1):
        name = f"{number}-{side}.ldif"
        part = Work(tuple(tasks))
        advice = "".join(f"# {line}\n" for each in work.advice for line in each.splitlines())
        yield name, f"{_heading(name, side, tasks, is_assumed=is_assumed)}{advice}\n{part.render()}"
        if not all(task.is_final for task in tasks):
            yield f"undo-{name}", part.render_undo()


def _sides(work: Work) -> dict[str, list[Task]]:
    sides: dict[str, list[Task]] = {}
    for task in sorted(work.tasks, key=lambda task: _SIDES.index(_side(task))):
        sides.setdefault(_side(task), []).append(task)
    return sides


_SIDES = ("configuration", "schema", "entries")


def _side(task: Task) -> str:
    name = task.step.operation.dn
    if name.is_within(CONFIG):
        return "configuration"
    return "schema" if "cn=schema," in str(name).lower() or not name.rdns else "entries"


def _heading(name: str, side: str, tasks: Sequence[Task], *, is_assumed: bool) -> str:
    goes_on = "-c " if is_assumed else ""
    who = "-Y EXTERNAL -H ldapi:///" if side == "configuration" else "-H ldaps://HOST -D ADMINISTRATOR -W"
    lines = [f"# ldapmodify {goes_on}{who} -f {name}"]
    operations = (task.step.operation for task in tasks)
    lines += [f'# ldappasswd {who} -S "{each.dn}"' for each in operations if isinstance(each, SetPassword)]
    return "".join(f"{line}\n" for line in lines)
