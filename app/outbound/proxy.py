"""Applications in proxy mode: nothing is stored here, and what they ask goes on to their connectors.

A write is put into the outbox for every connector, then carried out at the blocking ones, in their order, before the
client is answered; so if this process dies in the middle, the outbox goes on. If a blocking connector fails, the client
is told which one and what it said, and what the others did is taken back, or what is missing is left to the outbox.
Reads go to the first connector that can read. All ids are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar

from app.directory.plan import Plan
from app.outbound.document import ConnectorRules
from app.outbound.errors import OutcomeUnknown, is_transient, told
from app.outbound.following import Remembering
from app.outbound.legs import Leg, Legs
from app.outbound.offers import NO_CONNECTOR, Offers
from app.outbound.outbox import HOLD_SECONDS, Kept, Outbox
from app.outbound.proxy_guard import ProxyGuard
from app.outbound.task import Action, Cause, Change
from app.provisioning.capabilities import forwarded_capabilities
from app.provisioning.events import Done, Record
from app.provisioning.guard import Sentry
from app.provisioning.routing import Destination
from app.provisioning.target import Page, Query, Target, Wants, everything
from app.scim.discovery import Capabilities
from app.scim.errors import Conflict, NotFound, NotImplementedHere, ScimError, ServiceUnavailable
from app.scim.patch import apply
from app.scim.patch_operations import PatchOperation
from app.scim.resource import Resource
from app.scim.schema import ResourceType

_NOTHING: Final = Plan()
Shown = TypeVar("Shown")


class Proxies:
    """Makes the targets of applications in proxy mode."""

    def __init__(self, legs: Legs, outbox: Outbox) -> None:
        self._legs = legs
        self._outbox = outbox
        self._offers = Offers(legs)

    def resource_types(self, destination: Destination) -> list[ResourceType]:
        """Return the types that some connector of the application takes, each as the one that is read from keeps it.

        Raises:
            Conflict: where there is no connector.
            ScimError: if one cannot say what it keeps.
        """
        return list(self._offers.of(self._rules(destination)).types.values())

    def capabilities(self, destination: Destination) -> Capabilities:
        """Say what can be done through the connectors; raises what ``resource_types`` does."""
        offer = self._offers.of(self._rules(destination))
        return forwarded_capabilities(
            filtering=offer.filter,
            sort=offer.sort,
            etag=offer.etag,
            change_password=any(each.attribute("password") for each in offer.types.values()),
        )

    def target(
        self, resource_type: str, destination: Destination, *, record: Record, sentry: Sentry | None = None
    ) -> ProxyTarget:
        """Return where requests for a resource type go; raise Conflict or ServiceUnavailable."""
        names = [each.name for each in self._rules(destination) if resource_type in each.resource_types]
        if not names:
            raise Conflict(NO_CONNECTOR.format(f"{resource_type} resources"))
        legs = [self._legs.leg(name, resource_type) for name in names]
        return ProxyTarget(legs, self._outbox, destination=destination, record=record, sentry=sentry)

    def followed(self, target: Target) -> Target:
        """Return a target whose writes are stored, and may be pushed on."""
        return Remembering(target)

    def _rules(self, destination: Destination) -> list[ConnectorRules]:
        found = [self._legs.connectors.rules(name) for name in destination.connectors]
        return [rules for rules in found if rules.enabled]


@dataclass(frozen=True, slots=True)
class _Write:
    """One write: what is asked, how a leg does it, and how a leg takes it back, once it is known how things were."""

    change: Change
    do: Callable[[Leg], Resource | None]
    undo: Callable[[Leg, Resource | None], Change | None]


class ProxyTarget:
    """One resource type of one application in proxy mode, on behalf of one request."""

    def __init__(
        self,
        legs: Sequence[Leg],
        outbox: Outbox,
        *,
        destination: Destination,
        record: Record,
        sentry: Sentry | None = None,
    ) -> None:
        self._legs = legs
        self._outbox = outbox
        self._destination = destination
        self._record = record
        self._type = legs[0].resource_type
        create = destination.client.create_on_replace
        self._guard = ProxyGuard(sentry, legs, self._present, create) if sentry else None

    def create(self, resource: Resource, *, wants: Wants = everything) -> Resource:
        resource_id = self._legs[0].new_id()
        write = _Write(
            self._change("create", resource_id, resource=resource),
            lambda leg: leg.create(resource_id, resource, wants=wants),
            lambda _leg, _before: self._change("delete", resource_id),
        )
        return self._carry_out(write) or _accepted(resource, resource_id)

    def read(self, resource_id: str, *, wants: Wants = everything) -> Resource:
        reader = self._reader
        return _saying(reader, lambda: reader.read(resource_id.lower(), wants=wants))

    def search(self, query: Query, *, wants: Wants = everything) -> Page:
        reader = self._reader
        return _saying(reader, lambda: reader.search(query, wants=wants))

    def replace(
        self, resource_id: str, resource: Resource, *, version: str | None = None, wants: Wants = everything
    ) -> Resource:
        del wants
        resource_id = self._existing(resource_id)
        self._check_version(resource_id, version)

        def replaced(leg: Leg) -> Resource | None:
            if not leg.has(resource_id):
                return leg.bring(resource_id, resource)
            return leg.replace(resource_id, resource, version=self._version_for(leg, version))

        write = _Write(
            self._change("replace", resource_id, resource=resource),
            replaced,
            self._back,
        )
        return self._carry_out(write) or _accepted(resource, resource_id)

    def patch(
        self,
        resource_id: str,
        operations: Sequence[PatchOperation],
        *,
        version: str | None = None,
        wants: Wants = everything,
    ) -> Resource:
        resource_id = self._existing(resource_id)
        self._check_version(resource_id, version)
        create = self._destination.client.create_on_replace

        def patched(leg: Leg) -> Resource | None:
            if not leg.has(resource_id):
                return leg.bring(resource_id, apply(self.read(resource_id), operations))
            at = self._version_for(leg, version)
            return leg.patch(resource_id, operations, version=at, wants=wants, create_on_replace=create)

        write = _Write(self._change("patch", resource_id, operations=tuple(operations)), patched, self._back)
        return self._carry_out(write) or self._expected(resource_id, operations)

    def delete(self, resource_id: str, *, version: str | None = None) -> None:
        resource_id = self._existing(resource_id)
        self._check_version(resource_id, version)

        def deleted(leg: Leg) -> None:
            if leg.has(resource_id):
                leg.delete(resource_id, version=self._version_for(leg, version))

        write = _Write(
            self._change("delete", resource_id),
            deleted,
            lambda _leg, _before: None,
        )
        self._carry_out(write)

    def _carry_out(self, write: _Write) -> Resource | None:
        """Do a write everywhere; return what the reader shows afterwards, or else the first blocking connector."""
        for leg in self._blocking:
            self._refuse_behind(leg, write.change)
        with self._guard.admitted(write.change) if self._guard else nullcontext(_uncounted) as release:
            return self._kept(write, release)

    def _kept(self, write: _Write, release: Callable[[], None]) -> Resource | None:
        """Do a write everywhere, the outbox knowing of it; ``release`` says that nothing came of it."""
        cause = Cause(application=self._destination.application)
        changes = [(leg.name, write.change) for leg in self._legs]
        kept = self._outbox.add(changes, cause, hold_seconds=HOLD_SECONDS)
        tasks = dict(zip((leg.name for leg in self._legs), kept, strict=True))
        shown, done, failed = self._at_blocking(write, tasks, cause, release=release)
        rest = [task.id for name, task in tasks.items() if name not in done]
        self._outbox.settle(delivered=[tasks[name].id for name in done], released=rest)
        if failed is not None:
            raise failed
        return shown

    def _at_blocking(
        self, write: _Write, tasks: dict[str, Kept], cause: Cause, *, release: Callable[[], None]
    ) -> tuple[Resource | None, list[str], ScimError | None]:
        """Do a write at the blocking connectors; say where it is done, and what to tell of what is left to the outbox."""
        done: list[tuple[Leg, Resource | None]] = []
        shown: Resource | None = None
        failure: ScimError | None = None
        unknown: list[str] = []
        for leg in self._blocking:
            before = self._before(leg, write)
            try:
                after = write.do(leg.keyed(tasks[leg.name].key))
            except ScimError as error:
                self._note(write.change, leg, error)
                if not _is_left_to_outbox(leg, write.change, error):
                    if not done or write.change.action != "delete":
                        release()
                    undos = [(each, write.undo(each, state)) for each, state in reversed(done)]
                    words = self._taken_back(undos, tasks, unknown, cause=cause)
                    raise _refusal(leg, error, words) from error
                unknown += [leg.name] if isinstance(error, OutcomeUnknown) else []
                failure = failure or _queued(leg, error)
                continue
            self._note(write.change, leg, None)
            done.append((leg, before))
            shown = after if shown is None or leg is self._legs[0] else shown
        return shown, [leg.name for leg, _ in done], failure

    def _before(self, leg: Leg, write: _Write) -> Resource | None:
        """Remember how things were where they may have to be put back."""
        is_changed = write.change.action in {"patch", "replace"} and leg.has(write.change.resource_id)
        if leg is self._blocking[-1] or not is_changed:
            return None
        return _saying(leg, lambda: leg.read(write.change.resource_id))

    def _taken_back(
        self,
        undos: Sequence[tuple[Leg, Change | None]],
        tasks: Mapping[str, Kept],
        unknown: Sequence[str],
        *,
        cause: Cause,
    ) -> list[str]:
        """Take back what was done, now or by the outbox; see through what may have been done. Return what to tell."""
        self._outbox.settle(delivered=[], released=[tasks[name].id for name in unknown])
        given_up = [task.id for name, task in tasks.items() if name not in unknown]
        changes = [(leg.name, undo) for leg, undo in undos if undo is not None]
        # Noted first, in the place of the write: a process that dies while it takes something back leaves that noted.
        kept = iter(self._outbox.instead(given_up, changes, cause))
        words = [
            self._undone(leg, undo, next(kept)) if undo else f"{leg.name} has done it" for leg, undo in undos
        ]
        return [*words, *(f"{name} may have done it, and will get it" for name in unknown)]

    def _undone(self, leg: Leg, undo: Change, kept: Kept) -> str:
        try:
            leg.keyed(kept.key).carry_out(undo)
        except ScimError as error:
            self._outbox.settle(delivered=[], released=[kept.id], error=error.detail)
            return f"{leg.name} will take it back"
        self._outbox.settle(delivered=[kept.id], released=[])
        return f"{leg.name} has taken it back"

    def _back(self, leg: Leg, before: Resource | None) -> Change | None:
        del leg
        if before is None:
            return None
        return self._change("replace", str(before.attributes["id"]), resource=before)

    def _refuse_behind(self, leg: Leg, change: Change) -> None:
        """A change must not overtake earlier ones that a connector has yet to get."""
        waiting = self._outbox.waiting(change.resource_type, change.resource_id, connector=leg.name)
        if waiting:
            raise ServiceUnavailable(
                f"The connector {leg.name} has yet to get {waiting} earlier changes of this resource.",
                retry_after_seconds=10,
            )

    def _existing(self, resource_id: str) -> str:
        """Return an id as it is written, if a connector has the resource, or is about to get it."""
        folded = resource_id.lower()
        is_known = any(leg.has(folded) for leg in self._legs)
        if not is_known and not self._outbox.waiting(self._type.name, folded):
            raise NotFound(f"there is no {self._type.name} with the id {resource_id}")
        return folded

    def _expected(self, resource_id: str, operations: Sequence[PatchOperation]) -> Resource:
        """Show what a resource will be when the outbox has delivered a PATCH."""
        before = self._present(resource_id)
        if before is None:
            return Resource(self._type, {"id": resource_id})
        return _accepted(apply(before, operations), resource_id)

    def _present(self, resource_id: str) -> Resource | None:
        """Return a resource as it is; None where nobody shows it."""
        try:
            return self.read(resource_id)
        except (NotFound, NotImplementedHere):
            return None

    def _check_version(self, resource_id: str, version: str | None) -> None:
        """Versions are those that the reader shows; without a reader there are none."""
        if version is not None and not any(leg.can_read for leg in self._legs):
            raise NotImplementedHere(f"no connector tells versions, so that of {resource_id} is not known")

    def _version_for(self, leg: Leg, version: str | None) -> str | None:
        return version if leg.can_read and leg is self._reader else None

    def _change(
        self,
        action: Action,
        resource_id: str,
        *,
        resource: Resource | None = None,
        operations: tuple[PatchOperation, ...] = (),
    ) -> Change:
        return Change(
            action=action,
            resource_type=self._type.name,
            resource_id=resource_id,
            resource=resource,
            operations=operations,
        )

    def _note(self, change: Change, leg: Leg, error: ScimError | None) -> None:
        self._record(
            Done(
                action=change.action,
                domain=f"connector {leg.name}",
                resource_type=change.resource_type,
                resource_id=change.resource_id,
                plan=_NOTHING,
                error=error,
            )
        )

    @property
    def _blocking(self) -> list[Leg]:
        return [leg for leg in self._legs if leg.rules.blocking]

    @property
    def _reader(self) -> Leg:
        for leg in self._legs:
            if leg.can_read:
                return leg
        raise NotImplementedHere("none of the application's connectors can be read from")


def _is_left_to_outbox(leg: Leg, change: Change, error: ScimError) -> bool:
    """What may have been done, and what is to go, is seen through rather than taken back."""
    if isinstance(error, OutcomeUnknown):
        return True
    return is_transient(error) and (leg.rules.on_failure == "queue" or change.action == "delete")


def _refusal(leg: Leg, error: ScimError, words: Sequence[str]) -> ScimError:
    refusal = told(leg.name, error)
    refusal.detail = ". ".join([refusal.detail.rstrip("."), *words]) + "."
    return refusal


def _queued(leg: Leg, error: ScimError) -> ScimError:
    refusal = told(leg.name, error)
    refusal.detail = f"{refusal.detail.rstrip('.')}. The change is kept and will be delivered to it."
    return refusal


def _uncounted() -> None:
    """Leave a write uncounted that nobody counts."""


def _saying(leg: Leg, read: Callable[[], Shown]) -> Shown:
    try:
        return read()
    except NotFound:
        raise
    except ScimError as error:
        raise told(leg.name, error) from error


def _accepted(resource: Resource, resource_id: str) -> Resource:
    kept = {name: value for name, value in resource.attributes.items() if name != "password"}
    return Resource(resource.type, {**kept, "id": resource_id})
