"""docker-compose.ldap.yml gives what the demo gives: Landbridge over OpenLDAP, by verified TLS."""

import os
import shutil
import ssl
import subprocess
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from app.testing.fixtures import must_have_containers
from app.testing.slapd import free_ports
from tests.outbound.postgresql import postgresql

ROOT = Path(__file__).parents[2]
PROJECT = "landbridge-compose-test"
READY_SECONDS = 60

pytestmark = [pytest.mark.container, pytest.mark.directory]


@dataclass(frozen=True)
class Stack:
    """The two containers' ports on loopback."""

    https_port: int
    ldaps_port: int


@pytest.fixture(scope="module")
def compose(docker_engine: None) -> list[str]:  # noqa: ARG001 - it is asked first
    """Give the command of whichever Compose there is."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if must_have_containers(os.environ.get("CI"), os.environ.get("LANDBRIDGE_REQUIRE_CONTAINERS")):
        pytest.fail("neither docker compose nor docker-compose is there")
    pytest.skip("neither docker compose nor docker-compose is there")


@pytest.fixture(scope="module")
def stack(compose: list[str]) -> Iterator[Stack]:
    """Build and run both containers, and delete them with their data."""
    ports = Stack(*free_ports(2))
    environ = {**os.environ, "LANDBRIDGE_PORT": str(ports.https_port), "LDAPS_PORT": str(ports.ldaps_port)}
    command = [*compose, "-p", PROJECT, "-f", str(ROOT / "docker-compose.ldap.yml")]
    try:
        built = subprocess.run(
            [*command, "up", "-d", "--build"], env=environ, capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
        wait_until_ready(ports)
        yield ports
    finally:
        subprocess.run([*command, "down", "-v"], env=environ, capture_output=True, check=False)


def wait_until_ready(stack: Stack, path: str = "/readyz") -> None:
    """Wait for Landbridge's own word."""
    deadline = monotonic() + READY_SECONDS
    while answer(stack, path) != 200:
        assert monotonic() < deadline, "Landbridge is not ready in time"
        sleep(0.2)


def answer(stack: Stack, path: str, *, body: bytes | None = None) -> int:
    """Ask as administrator; the certificate is inside the container, so it is not verified here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    account = b64encode(b"admin:admin").decode()
    headers = {"Authorization": f"Basic {account}", "Content-Type": "application/scim+json"}
    request = urllib.request.Request(f"https://127.0.0.1:{stack.https_port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as response:  # noqa: S310 - https
            return int(response.status)
    except OSError as error:
        return getattr(error, "code", 0)


def docker(*words: str) -> str:
    """Run a command of docker's, and return what it says."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def container_of(service: str) -> str:
    """Find a service's container."""
    labels = [f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}"]
    return docker("ps", "-q", *(word for label in labels for word in ("--filter", f"label={label}")))


def image_of(service: str) -> str:
    """Find what a service's container is made from."""
    return docker("inspect", "-f", "{{.Image}}", container_of(service))


def copy_from_openldap(source: str, target: Path) -> None:
    """Copy a file out of the directory's container."""
    docker("cp", f"{container_of('openldap')}:{source}", str(target))


def test_a_user_made_over_scim_binds_to_the_directory(stack: Stack, tmp_path: Path) -> None:
    """The way is whole: HTTPS, Landbridge, LDAPS, OpenLDAP; and the password is the user's."""
    john = b'{"userName": "johndoe", "password": "mypassword", "name": {"familyName": "Doe", "givenName": "John"}}'
    ca_file = tmp_path / "ca.crt"
    copy_from_openldap("/ca/ca.crt", ca_file)

    created = answer(stack, "/scim2/Users", body=john)
    account = ["-D", "uid=johndoe,ou=People,dc=example,dc=org", "-w", "mypassword"]
    bound = subprocess.run(
        ["ldapwhoami", "-x", "-H", f"ldaps://127.0.0.1:{stack.ldaps_port}", *account],
        env={"PATH": "/usr/bin:/bin", "LDAPTLS_CACERT": str(ca_file)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert created == 201
    assert bound.stdout == "dn:uid=johndoe,ou=People,dc=example,dc=org\n"


def run_image(stack: Stack, *options: str) -> None:
    """Run the image that the stack was made from until it answers."""
    container = docker("run", "-d", *options, image_of("landbridge"))
    try:
        wait_until_ready(stack, "/healthz")
    finally:
        docker("rm", "-f", container)


def test_the_image_needs_no_rights(stack: Stack) -> None:  # noqa: ARG001 - the image is built for it
    """As clusters run it that trust nobody: as any user by number, without capabilities, nothing to write but its data."""
    [port] = free_ports(1)
    restricted = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    user = ["--user", "4711:4711", "--tmpfs", "/tmp", "--tmpfs", "/data:uid=4711,mode=700"]  # noqa: S108 - in it
    place = ["-e", "LANDBRIDGE_DATA_DIR=/data", "-p", f"127.0.0.1:{port}:9443"]

    run_image(Stack(port, 0), *restricted, *user, *place)

    assert docker("inspect", "-f", "{{.Config.User}}", image_of("landbridge")).isdecimal()


def test_the_image_takes_postgresql(stack: Stack) -> None:  # noqa: ARG001 - the same
    """Several containers share a store of PostgreSQL; the driver for it is there."""
    [port] = free_ports(1)
    directory = Path(tempfile.mkdtemp(prefix="landbridge-postgresql-"))
    directory.chmod(0o755)
    with postgresql(directory / "server") as url:
        store = ["-e", f"LANDBRIDGE_DATABASE_URL={url}", "-e", "LANDBRIDGE_HOST=127.0.0.1"]
        run_image(Stack(port, 0), "--network", "host", *store, "-e", f"LANDBRIDGE_PORT={port}")
    directory.rmdir()


def test_the_image_speaks_every_way(stack: Stack) -> None:  # noqa: ARG001 - the same
    """What is built from source is there: python-ldap, and Kerberos."""
    imports = [
        "--rm",
        "--entrypoint",
        "python",
        image_of("landbridge"),
        "-c",
        "import gssapi, ldap; print('both')",
    ]

    assert docker("run", *imports) == "both"
