"""A served Landbridge over OpenLDAP and over Active Directory, for suites that speak HTTPS themselves."""

from __future__ import annotations

import json
import shutil
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from app.testing.demo import ROOT, Demo, environment, running_landbridge, wait_until_ready
from app.testing.server import DirectoryServer
from app.testing.slapd import free_ports

SECRET = "the clients' secret"
LENIENT = "lenient"
"""The application whose client is answered in its own way."""
EMPLOYEE_NUMBER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"
ACCOUNT_NAME_LENGTH = 20
AD_USER: dict[str, object] = {
    "kind": "SchemaMap",
    "name": "site-ad-user",
    "extends": "ad-user",
    "entry": {
        "attributes": {
            "cn": "{userName}",
            "sAMAccountName": {"generate": {"text": "account", "max_length": ACCOUNT_NAME_LENGTH}},
        }
    },
    "attributes": {"userName": "uid", EMPLOYEE_NUMBER: "employeeNumber"},
}
"""For names and numbers as clients and suites send them.

The shipped map keeps userName as sAMAccountName, which takes 20 characters and not all of them, and employeeNumber as
employeeID, which takes 16.
"""
ACTIVE_DIRECTORY: dict[str, object] = {
    "product": "active-directory",
    "maps": {"User": "site-ad-user", "Group": "ad-group"},
}
PRODUCTS = (
    pytest.param("slapd", id="openldap", marks=pytest.mark.directory),
    pytest.param("samba_ad", id="active-directory", marks=[pytest.mark.directory, pytest.mark.container]),
)


@dataclass(frozen=True)
class Served:
    """Where the service is, and what stands behind it."""

    url: str
    ca_file: str
    directory: str

    @property
    def tls(self) -> ssl.SSLContext:
        """Trust the service's certificate, and nothing else."""
        return ssl.create_default_context(cafile=self.ca_file)

    def token(self, client_id: str = "demo") -> str:
        """Get a token for one of the applications."""
        client = b64encode(f"{client_id}:{SECRET}".encode()).decode()
        request = Request(  # noqa: S310 - https
            self.url.removesuffix("/scim2") + "/oauth2/token",
            data=b"grant_type=client_credentials",
            headers={"Authorization": f"Basic {client}"},
        )
        with urlopen(request, context=self.tls) as answer:  # noqa: S310 - https
            return str(json.load(answer)["access_token"])


@pytest.fixture(scope="module", params=PRODUCTS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve on a free port."""
    directory = request.getfixturevalue(request.param)
    assert isinstance(directory, DirectoryServer)
    directory.clear()
    data = tmp_path_factory.mktemp("conformance")
    demo = Demo(data, free_ports(1)[0])
    _write_documents(data / "config", request.param)
    variables = environment(demo, directory, SECRET) | {"LANDBRIDGE_DOCUMENTS": str(data / "config")}
    with running_landbridge(demo, variables) as landbridge:
        wait_until_ready(demo, landbridge)
        yield Served(f"{demo.url}/scim2", str(demo.ca_file), request.param)
    directory.clear()


def _write_documents(config: Path, directory: str) -> None:
    """Add the lenient application to the shipped documents, and make the domain one of the directory's product."""
    shutil.copytree(ROOT / "config", config)
    application = yaml.safe_load((config / "applications" / "demo.yaml").read_text())
    lenient: dict[str, object] = {"name": LENIENT, "client_id": LENIENT}
    lenient |= {"client": {"group_patch": "resource", "unknown_members": "ignore", "complete_answers": True}}
    (config / "applications" / "lenient.yaml").write_text(yaml.safe_dump(application | lenient))
    if directory == "samba_ad":
        (config / "maps" / "site-ad-user.yaml").write_text(yaml.safe_dump(AD_USER))
        file = config / "domains" / "primary.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | ACTIVE_DIRECTORY))
