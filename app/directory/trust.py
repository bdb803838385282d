"""How the certificates of directory servers are checked where the standard library speaks TLS."""

from __future__ import annotations

import ssl
from typing import Final

from app.directory.connection import Tls
from app.pem import Named, authorities_in, show

_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def trusting(tls: Tls, *, verify: bool | None = None) -> ssl.SSLContext:
    """Trust as the settings say: chain, dates and name, unless told otherwise; ``verify`` overrules them.

    As libldap does, and on every Python: what RFC 5280 asks of authorities besides, which Python demands since 3.13
    (``VERIFY_X509_STRICT``), is left out. Certificates that directories have from authorities of their own often lack it.

    Raises:
        UnusableFile: if certificates or the key cannot be read.
    """
    context = _with_authorities(tls.ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.minimum_version = _VERSIONS[tls.minimum_version]
    if tls.certificate:
        show(
            context,
            Named("tls.certificate", tls.certificate),
            Named("tls.key", tls.key) if tls.key else None,
        )
    if not (tls.verify if verify is None else verify):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _with_authorities(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return ssl.create_default_context()
    with authorities_in(Named("tls.ca_file", ca_file)):
        return ssl.create_default_context(cafile=ca_file)
