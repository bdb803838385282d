"""What every directory for tests offers, process or container: an address, and a way to fill and empty the tree.

The tools of ldap-utils do the work, as the directory's administrator, so a test's preparation never runs through
the code that it tests.
"""

import os
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG_DN = "cn=admin,cn=config"


@dataclass(frozen=True, slots=True)
class DirectoryAddress:
    """Where a directory answers, and with which accounts.

    `bind_dn` is the service account with the rights that Landbridge needs; `config_dn` may do everything.
    """

    uri: str
    ldaps_uri: str
    ca_file: Path
    base_dn: str
    bind_dn: str
    bind_password: str
    config_dn: str
    config_password: str

    @property
    def people_dn(self) -> str:
        """Name the container of users."""
        return f"ou=People,{self.base_dn}"

    @property
    def groups_dn(self) -> str:
        """Name the container of groups."""
        return f"ou=Groups,{self.base_dn}"


class DirectoryToolError(RuntimeError):
    """A tool of ldap-utils failed; the message is what it said."""


class DirectoryServer:
    """A directory for tests. What starts it knows its address; the accessors below only repeat that."""

    @property
    def address(self) -> DirectoryAddress:
        """Tell where the directory answers; valid once it has been started."""
        raise NotImplementedError

    @property
    def uri(self) -> str:
        """Name the plain address, `ldap://…`."""
        return self.address.uri

    @property
    def ldaps_uri(self) -> str:
        """Name the TLS address, `ldaps://…`."""
        return self.address.ldaps_uri

    @property
    def ca_file(self) -> Path:
        """Name the certificate by which `ldaps_uri` is verified."""
        return self.address.ca_file

    @property
    def base_dn(self) -> str:
        """Name the top of the tree."""
        return self.address.base_dn

    @property
    def people_dn(self) -> str:
        """Name the container of users."""
        return self.address.people_dn

    @property
    def groups_dn(self) -> str:
        """Name the container of groups."""
        return self.address.groups_dn

    @property
    def bind_dn(self) -> str:
        """Name the service account."""
        return self.address.bind_dn

    @property
    def bind_password(self) -> str:
        """Tell the service account's password."""
        return self.address.bind_password

    @property
    def config_dn(self) -> str:
        """Name the administrator of data and configuration."""
        return self.address.config_dn

    @property
    def config_password(self) -> str:
        """Tell the administrator's password."""
        return self.address.config_password

    @property
    def delete_subtrees(self) -> tuple[str, ...]:
        """Say how ldapdelete takes what is below an entry with it."""
        return ("-r",)

    @property
    def tool_address(self) -> tuple[str, Mapping[str, str]]:
        """Say where the tools of ldap-utils go, and what they need in their environment."""
        return self.uri, {}

    def modify(self, ldif: str) -> None:
        """Send the changes in `ldif` as administrator; a record without a change type is added."""
        self._tool("ldapmodify", "-a", text=ldif)

    def export(
        self, base_dn: str | None = None, search_filter: str = "(objectClass=*)", *, scope: str = "sub"
    ) -> str:
        """Return the entries under a base as LDIF, password hashes and operational attributes included."""
        base = self.base_dn if base_dn is None else base_dn
        search = ("-LLL", "-o", "ldif-wrap=no", "-s", scope, "-b", base)
        return self._tool("ldapsearch", *search, search_filter, "*", "+")

    def clear(self) -> None:
        """Delete every user and group; containers, accounts and configuration stay."""
        # Groups first: who leaves the directory need not be taken out of each of them.
        names = [name for top in (self.groups_dn, self.people_dn) for name in self._names_below(top)]
        if names:
            self._tool("ldapdelete", *self.delete_subtrees, text="\n".join(names) + "\n")

    def _names_below(self, top: str) -> list[str]:
        found = self._tool("ldapsearch", "-LLL", "-s", "one", "-o", "ldif-wrap=no", "-b", top, "1.1")
        return [_name(line) for line in found.splitlines() if line.startswith("dn:")]

    def _tool(self, program: str, *arguments: str, text: str = "") -> str:
        with _readable(self.config_password) as password_fd:
            uri, environment = self.tool_address
            account = ("-x", "-H", uri, "-D", self.config_dn, "-y", f"/dev/fd/{password_fd}")
            done = subprocess.run(  # noqa: S603 - the programs and their arguments are this module's own
                [program, *account, *arguments],
                input=text,
                env={**os.environ, **environment},
                pass_fds=(password_fd,),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise DirectoryToolError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout


@contextmanager
def _readable(secret: str) -> Iterator[int]:
    """Give a descriptor to read the secret from, so that it never stands on a command line."""
    reading, writing = os.pipe()
    try:
        os.write(writing, secret.encode())
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


def _name(line: str) -> str:
    if line.startswith("dn:: "):
        return b64decode(line.removeprefix("dn:: ")).decode()
    return line.removeprefix("dn: ")
