"""389 Directory Server as a container, from the image of `containers/ds389`."""

from collections.abc import Mapping
from pathlib import Path

from app.testing.containers import DirectoryContainer, Passwords

IMAGE = "landbridge-ds389:test"
TEMPLATES = Path(__file__).parents[2] / "containers" / "ds389"


class Ds389Container(DirectoryContainer):
    """A directory in a container, with the plug-ins that count changes and keep references."""

    ports = (389, 636)

    def __init__(self, directory: Path, *, base_dn: str = "dc=example,dc=org", image: str = IMAGE) -> None:
        super().__init__(directory)
        self.image = image
        self._base_dn = base_dn

    def environment(self, passwords: Passwords) -> Mapping[str, str]:
        """Name the base and the two accounts' passwords."""
        return {
            "LDAP_BASE": self._base_dn,
            "LDAP_BIND_PASSWORD": passwords.bind,
            "LDAP_CONFIG_PASSWORD": passwords.config,
        }

    def names(self) -> tuple[str, str, str]:
        """Name the base, the service account below it, and the administrator."""
        return self._base_dn, f"cn=landbridge,{self._base_dn}", "cn=Directory Manager"
