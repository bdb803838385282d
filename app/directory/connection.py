"""How to reach a directory: addresses, trust, credentials, limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from app.directory.dn import Dn


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One server: ``ldaps://``, ``ldap://`` or ``ldapi://``."""

    scheme: Literal["ldap", "ldaps", "ldapi"]
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> ServerAddress:
        """Read an LDAP URL (RFC 4516) as far as it names a server.

        Raises:
            ValueError: if it is not one.
        """
        parts = urlsplit(url)
        has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
        match parts.scheme:
            case "ldap" | "ldaps" if parts.hostname and not has_more:
                return cls(
                    parts.scheme, parts.hostname, parts.port or (636 if parts.scheme == "ldaps" else 389)
                )
            case "ldapi" if parts.netloc and not has_more:
                return cls("ldapi", parts.netloc, 0)
        raise ValueError(
            f"{url!r} is not an LDAP server's URL: write ldaps://host:636, ldap://host:389 or ldapi://%2Fpath"
        )

    @property
    def is_local(self) -> bool:
        """Whether what is said stays on this machine."""
        if self.scheme == "ldapi" or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        """Write it as a URL."""
        if self.scheme == "ldapi":
            return f"ldapi://{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """How a server is trusted. Names are always checked where certificates are."""

    start_tls: bool = False
    ca_file: str | None = None
    """Certificates of the authorities to trust; None for the system's own."""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Replica:
    """How a server is told from its replicas: the root DSE's ``pointer`` names an entry that has its id."""

    pointer: str
    attribute: str


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach a directory, and as whom."""

    servers: tuple[ServerAddress, ...]
    bind_dn: Dn
    bind_password: str = field(repr=False)
    tls: Tls = field(default_factory=Tls)
    pool_size: int = 8
    wait_seconds: float = 10.0
    connect_seconds: float = 5.0
    operation_seconds: float = 30.0
    page_size: int = 500
    replica: Replica | None = None
    """Where it is given, entries that are asked for that attribute have the id of the server they were read from."""

    def is_protected(self, server: ServerAddress) -> bool:
        """Whether secrets may be sent to a server."""
        return server.scheme == "ldaps" or self.tls.start_tls or server.is_local
