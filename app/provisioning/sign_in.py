"""Users of a directory signing in with their own names and passwords: the directory itself is asked, by a bind."""

from __future__ import annotations

from dataclasses import dataclass

from app.directory.dn import Dn
from app.directory.errors import DirectoryError, InvalidCredentials
from app.provisioning.configuration import Configurations
from app.provisioning.entries import Entries
from app.provisioning.failures import to_scim_error
from app.provisioning.scan import Scan
from app.provisioning.target import Query
from app.scim.filters.nodes import Comparison
from app.scim.path import AttributePath
from app.scim.resource import is_complex, values_of
from app.telemetry import get_logger

_log = get_logger(__name__)
USER = "User"
USER_NAME = AttributePath("userName")
GROUPS = AttributePath("groups")


@dataclass(frozen=True, slots=True)
class _User:
    name: str
    dn: Dn
    is_enabled: bool


class SignIn:
    """Asks the domains in force who their users are."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations

    def authenticate(self, domain: str, name: str, password: str) -> str | None:
        """Return the userName of whom name and password belong to, as the directory spells it.

        Raises:
            ServiceUnavailable: if the directory cannot be asked.
        """
        user = self._user(domain, name) if password else None
        if user is None or not user.is_enabled:
            return None
        try:
            self._configurations.current().domains[domain].directory.authenticate(user.dn, password)
        except InvalidCredentials as error:
            if error.reason:
                # For those who run the service; who signs in is told no more than that it does not work.
                _log.warning("sign_in_refused", domain=domain, user=user.name, reason=error.reason)
            return None
        except DirectoryError as error:
            raise to_scim_error(error) from error
        return user.name

    def is_user(self, domain: str, name: str) -> bool:
        """Tell whether a domain has a user of that name who may sign in."""
        user = self._user(domain, name)
        return user is not None and user.is_enabled

    def groups_of(self, domain: str, name: str) -> frozenset[str]:
        """Return the ids of the groups that a user is in, as far as its entry tells."""
        scan = self._scan(domain, name)
        found = (
            []
            if scan is None
            else list(scan.show(scan.first(2, wants=_is_group)[0].values(), wants=_is_group))
        )
        groups = values_of(found[0].get(GROUPS)) if len(found) == 1 else ()
        return frozenset(str(group["value"]) for group in groups if is_complex(group) and "value" in group)

    def _scan(self, domain: str, name: str) -> Scan | None:
        found = self._configurations.current().domains.get(domain)
        if found is None or USER not in found.maps:
            return None
        entries = Entries(found, found.maps[USER])
        return Scan(entries, Query(filter=Comparison(USER_NAME, "eq", name), count=2))

    def _user(self, domain: str, name: str) -> _User | None:
        scan = self._scan(domain, name)
        if scan is None:
            return None
        dialect = self._configurations.current().domains[domain].dialect
        schema_map = scan.entries.map
        candidates, _ = scan.first(
            2, wants=lambda path: path == USER_NAME or schema_map.aspect_of(path) is not None
        )
        users = [
            _User(str(resource.attributes["userName"]), entry.dn, dialect.is_enabled(entry))
            for entry in candidates.values()
            for resource in scan.show([entry], wants=USER_NAME.__eq__)
        ]
        # Two users of one name are none: nobody could say who signed in.
        return users[0] if len(users) == 1 else None


def _is_group(path: AttributePath) -> bool:
    return path.parent == GROUPS
