"""What a system has by a name, and what is linked to another resource of ours already.

A name may pass from one person to another, and the account behind it must not. Only what nobody has any more, and nobody is
about to change, is free to be adopted.
"""

from __future__ import annotations

from app.outbound.document import ConnectorRules
from app.outbound.errors import Postponed, TakenBy
from app.outbound.outbox import Outbox
from app.outbound.serving import FindServing, elsewhere
from app.outbound.sources import FindSource, Source
from app.outbound.task import Task
from app.store.links import Links


class Taken:
    """Decides whether a resource may be adopted that is linked to another one."""

    def __init__(
        self, links: Links, outbox: Outbox, *, find_source: FindSource, find_serving: FindServing
    ) -> None:
        self._links = links
        self._outbox = outbox
        self._find_source = find_source
        self._find_serving = find_serving

    def free(self, task: Task, rules: ConnectorRules, source: Source, taken: TakenBy) -> None:
        """Forget the link of a resource that is nowhere any more.

        Raises:
            Postponed: while the connector has yet to get something of that resource.
            TakenBy: if the resource is still there, or somebody has to see to it.
        """
        kind, owner = task.change.resource_type, taken.resource_id
        due = self._outbox.due_of(rules.name, owner)
        if due is not None:
            raise Postponed(
                f"it has yet to get changes of the {kind} {owner}, which has this name there", due
            )
        if self._outbox.waiting(kind, owner, connector=rules.name) or self._is_anywhere(
            rules, source, kind=kind, resource_id=owner
        ):
            raise taken
        self._links.forget(rules.name, kind, owner)

    def _is_anywhere(self, rules: ConnectorRules, source: Source, *, kind: str, resource_id: str) -> bool:
        served = self._find_serving(rules)
        others = elsewhere(self._find_source, served, "", application="", resource_type=kind)
        return (
            served.is_proxied
            or source.find(resource_id) is not None
            or resource_id in others.among([resource_id])
        )
