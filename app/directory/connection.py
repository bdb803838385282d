"""How to reach a directory: addresses, trust, credentials, limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from app.directory.dn import Dn

Use = Literal["all", "read", "write"]
BindMethod = Literal["simple", "external", "gssapi"]


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One server: ``ldaps://``, ``ldap://`` or ``ldapi://``, how early it is tried, and what for."""

    scheme: Literal["ldap", "ldaps", "ldapi"]
    host: str
    port: int
    priority: int = 0
    """Those with the lowest number are used while one of them can be; among equals, reads are shared."""
    use: Use = "all"

    @classmethod
    def parse(cls, url: str, *, priority: int = 0, use: Use = "all") -> ServerAddress:
        """Read an LDAP URL (RFC 4516) as far as it names a server.

        Raises:
            ValueError: if it is not one.
        """
        parts = urlsplit(url)
        has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
        match parts.scheme:
            case "ldap" | "ldaps" if parts.hostname and not has_more:
                port = parts.port or (636 if parts.scheme == "ldaps" else 389)
                return cls(parts.scheme, parts.hostname, port, priority, use)
            case "ldapi" if parts.netloc and not has_more:
                return cls("ldapi", parts.netloc, 0, priority, use)
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
    """How a server is trusted, and how it knows us. Names are always checked where certificates are."""

    start_tls: bool = False
    ca_file: str | None = None
    """Certificates of the authorities to trust; None for the system's own."""
    verify: bool = True
    minimum_version: Literal["1.2", "1.3"] = "1.2"
    certificate: str | None = None
    """Our own certificate with its chain, for servers that ask for one."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """When a server is taken for down, and how soon it is asked again."""

    failures: int = 3
    """How many in a row."""
    silent_seconds: float = 1.0
    """How long nothing of what was asked may be answered before somebody looks whether the server is there at all."""
    retry_seconds: float = 1.0
    """The first time; twice as long each time after."""
    longest_retry_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Replica:
    """How a server is told from its replicas: the root DSE's ``pointer`` names an entry that has its id."""

    pointer: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """How servers are found by DNS: those of a domain, and near ones by site."""

    domain: str
    site: str | None = None
    tls_port: int = 636
    """Where servers speak TLS from the start, which DNS does not say."""
    nameserver: tuple[str, int] | None = None
    """Whom to ask, by address and port; None for whom the machine asks."""
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach a directory, and as whom."""

    servers: tuple[ServerAddress, ...]
    bind_dn: Dn
    bind_password: str = field(repr=False)
    tls: Tls = field(default_factory=Tls)
    bind_method: BindMethod = "simple"
    keytab: str | None = None
    """For GSSAPI: a client keytab; None for the credentials of the process."""
    pool_size: int = 8
    wait_seconds: float = 10.0
    idle_seconds: float = 300.0
    lifetime_seconds: float = 3600.0
    connect_seconds: float = 5.0
    operation_seconds: float = 30.0
    search_seconds: float = 60.0
    page_size: int = 500
    replica: Replica | None = None
    """Where it is given, entries that are asked for that attribute have the id of the server they were read from."""
    discovery: Discovery | None = None
    """Where it is given, servers are found by it, and ``servers`` names none."""
    patience: Patience = field(default_factory=Patience)
    follow_referrals: bool = False
    read_own_writes_seconds: float = 10.0
    """How long after a write reads go to the server that took it."""

    def is_protected(self, server: ServerAddress) -> bool:
        """Whether secrets may be sent to a server."""
        return server.scheme == "ldaps" or self.tls.start_tls or server.is_local
