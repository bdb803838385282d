"""What is to be done to a directory, step by step, with the reason of each: a plan for its administrator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.directory.dn import Dn
from app.directory.ldif import render_operation
from app.directory.model import Delete, Entry, Operation, Search
from app.directory.plan import Executed, Plan, Step, execute, step
from app.directory.port import Capabilities, Directory
from app.preparation.live import CONFIG


@dataclass(frozen=True, slots=True)
class Task:
    """One step, and why it is made."""

    step: Step
    why: str

    @property
    def is_final(self) -> bool:
        """Whether nothing can take it back."""
        return self.step.undo is None


@dataclass(frozen=True, slots=True)
class Work:
    """All steps in their order, and what an administrator has to do by other means, or to know."""

    tasks: tuple[Task, ...] = ()
    advice: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.tasks)

    @property
    def plan(self) -> Plan:
        """The steps as a plan."""
        return Plan(tuple(task.step for task in self.tasks))

    def render(self) -> str:
        """Write the steps as LDIF for ldapmodify, each under its reason."""
        return "\n".join(f"# {task.why}\n{render_operation(task.step.operation)}" for task in self.tasks)

    @property
    def digest(self) -> str:
        """Identify what would be done."""
        return sha256(self.render().encode()).hexdigest()

    def render_undo(self) -> str:
        """Write what takes the steps back, as LDIF, and say which of them stay."""
        final = [f"# stays: {task.why}\n" for task in self.tasks if task.is_final]
        return "\n".join(["".join(final), self.plan.inverse.render()]).lstrip("\n")


def task(operation: Operation, why: str, *, before: Entry | None = None) -> Task:
    """Make a task that can be taken back, as far as its operation can."""
    return Task(step(operation, before), why)


def final(operation: Operation, why: str) -> Task:
    """Make a task that nothing takes back."""
    return Task(Step(operation), why)


@dataclass(frozen=True, slots=True)
class Sides:
    """A directory whose configuration and data two administrators look after."""

    configuration: Directory
    data: Directory

    def of(self, name: Dn) -> Directory:
        """Return the side that has an entry."""
        return self.configuration if name.is_within(CONFIG) else self.data

    def search(self, search: Search) -> Iterator[Entry]:
        """Search the side that has the base."""
        return self.of(search.base).search(search)

    def execute(self, operation: Operation, *, read_back: Sequence[str] = ()) -> Entry | None:
        """Send an operation to the side that has its entry."""
        if isinstance(operation, Delete) and operation.dn.is_within(CONFIG):
            # slapd 2.6.7, which Ubuntu 24.04 has, crashes where it is asked to read back what it deletes of its configuration.
            before = self._entry(operation.dn, read_back) if read_back else None
            self.configuration.execute(operation)
            return before
        return self.of(operation.dn).execute(operation, read_back=read_back)

    def _entry(self, name: Dn, attributes: Sequence[str]) -> Entry | None:
        found = self.configuration.search(Search(name, "base", attributes=tuple(attributes)))
        return next(found, None)

    def authenticate(self, dn: Dn, password: str) -> None:
        """Check a password where the data are."""
        self.data.authenticate(dn, password)

    def capabilities(self) -> Capabilities:
        """Tell what the server offers."""
        return self.data.capabilities()


def carry_out(work: Work, directory: Directory) -> Executed:
    """Carry out all steps, or none that can be taken back; raise PlanFailed."""
    return execute(work.plan, directory)


def undoing(operations: Iterable[Operation]) -> Work:
    """Make work of operations that were written down to take earlier ones back."""
    return Work(tuple(final(operation, "takes back what was prepared") for operation in operations))
