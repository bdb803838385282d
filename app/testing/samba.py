"""Active Directory as a container: Samba's domain controller, from the image of `containers/samba-ad`.

The domain's password policy is lifted, so that tests may set any password; `policy` brings rules back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from app.testing.containers import ContainerError, DirectoryContainer, Passwords

IMAGE = "landbridge-samba-ad:test"
KERBEROS_PORT = 88
TEMPLATES = Path(__file__).parents[2] / "containers" / "samba-ad"

_LIFTED = {
    "pwdProperties": "0",
    "minPwdLength": "0",
    "pwdHistoryLength": "0",
    "minPwdAge": "0",
    "lockoutThreshold": "0",
}


@dataclass(frozen=True)
class Pair:
    """Two controllers of one domain, on a network of their own: the first, or one that has ``joined`` it."""

    network: Network
    joined: SambaAdContainer | None = None

    @property
    def name(self) -> str:
        """Name the controller."""
        return "dc2" if self.joined else "dc1"

    @property
    def environment(self) -> Mapping[str, str]:
        """Have them replicate, and the second one join the first."""
        return {"AD_SERVICES": "ldap rpc kdc drepl cldap", **({"AD_JOIN": "dc1"} if self.joined else {})}


class SambaAdContainer(DirectoryContainer):
    """A domain controller in a container. `base_dn` is a unit of its domain, without the accounts that every domain has.

    The service account stands outside, and may write below OU=People and OU=Groups alone.
    """

    ports = (389, 636)

    def __init__(
        self, directory: Path, *, realm: str = "ad.example.org", image: str = IMAGE, pair: Pair | None = None
    ) -> None:
        super().__init__(directory)
        self.image = image
        self._realm = realm
        self._pair = pair

    def environment(self, passwords: Passwords) -> Mapping[str, str]:
        """Name the domain and its two accounts' passwords."""
        return {
            "AD_REALM": self._realm,
            "AD_BIND_PASSWORD": passwords.bind,
            "AD_ADMIN_PASSWORD": passwords.config,
            **(self._pair.environment if self._pair else {"AD_SERVICES": "ldap kdc"}),
        }

    def passwords(self) -> Passwords:
        """Take those of the domain that is joined."""
        joined = self._pair.joined if self._pair else None
        if joined is None:
            return super().passwords()
        return Passwords(joined.bind_password, joined.config_password)

    def prepared(self, container: DockerContainer) -> DockerContainer:
        """Put one of a pair where the other one finds it, and publish Kerberos where there is one alone."""
        if self._pair is None:
            container.ports[f"{KERBEROS_PORT}/tcp"] = ("127.0.0.1",)  # type: ignore[assignment]  # as its others
            return container
        return container.with_network(self._pair.network).with_network_aliases(self._pair.name)

    def names(self) -> tuple[str, str, str]:
        """Name the unit, the service account and the domain's administrator."""
        users_dn = f"CN=Users,{self.domain_dn}"
        return f"OU=Landbridge,{self.domain_dn}", f"CN=landbridge,{users_dn}", f"CN=Administrator,{users_dn}"

    @property
    def domain_dn(self) -> str:
        """Name the top of the domain."""
        return ",".join(f"DC={label}" for label in self._realm.split("."))

    @property
    def tool_address(self) -> tuple[str, Mapping[str, str]]:
        """Go by TLS: a domain controller takes no password without."""
        return self.ldaps_uri, {"LDAPTLS_CACERT": str(self.ca_file)}

    @property
    def delete_subtrees(self) -> tuple[str, ...]:
        """Have the controller delete all that is below, by LDAP_SERVER_TREE_DELETE_OID."""
        return "-e", "!1.2.840.113556.1.4.805"

    def start(self, *, timeout_seconds: float = 300) -> None:
        """Start the container, wait for the directory, and lift its password policy."""
        super().start(timeout_seconds=timeout_seconds)
        if self._pair is None or self._pair.joined is None:
            self._set_policy(_LIFTED)

    @property
    def realm(self) -> str:
        """Name the domain as Kerberos does."""
        return self._realm.upper()

    @property
    def controller_dn(self) -> str:
        """Name the controller's own account."""
        return f"CN=DC1,OU=Domain Controllers,{self.domain_dn}"

    def export_keys(self, account: str, keytab: Path) -> None:
        """Write the keys of an account to a keytab."""
        configuration = "/var/lib/samba/smb.conf"
        export = ("samba-tool", "domain", "exportkeytab", f"/ca/{account}.keytab")
        done = self.container.exec([*export, f"--principal={account}", f"--configfile={configuration}"])
        if done.exit_code:
            raise ContainerError(f"no keys were exported: {done.output.decode(errors='replace')}")
        self.container.copy_from_container(f"/ca/{account}.keytab", keytab)

    @contextmanager
    def policy(self, **rules: str) -> Iterator[None]:
        """Have password rules hold for a while, such as `minPwdLength="12"`."""
        self._set_policy(rules)
        try:
            yield
        finally:
            self._set_policy({name: _LIFTED[name] for name in rules})

    def _set_policy(self, rules: Mapping[str, str]) -> None:
        changes = "".join(f"replace: {name}\n{name}: {value}\n-\n" for name, value in rules.items())
        self.modify(f"dn: {self.domain_dn}\nchangetype: modify\n{changes}")
