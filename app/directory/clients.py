"""Which LDAP client a directory is used by: libldap where python-ldap is installed, ldap3 where it is not."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from app.directory.connection import ConnectionSettings
from app.directory.ldap.client import LdapDirectory
from app.directory.servers.directory import Process, ServerDirectory


def has_native() -> bool:
    """Tell whether the fast client is installed."""
    return find_spec("_ldap") is not None


def open_directory(settings: ConnectionSettings, process: Process | None = None) -> ServerDirectory:
    """Return a directory; its servers are connected to when something is asked."""
    if not has_native() or _needs_ldap3(settings):
        return LdapDirectory(settings, process)
    directory: ServerDirectory = import_module("app.directory.native.client").NativeDirectory(
        settings, process
    )
    return directory


def _needs_ldap3(settings: ConnectionSettings) -> bool:
    # libldap takes a keytab from the environment alone, which is everybody's; and where it is to check that a
    # certificate is for "localhost" it checks the machine's own name.
    return settings.bind_method == "gssapi" or any(server.host == "localhost" for server in settings.servers)
