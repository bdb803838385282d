"""What is measured: a Landbridge over a slapd of its own, with people and groups in it."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.parse import urlencode

from app.testing.announcement import Announcement
from app.testing.demo import (
    Demo,
    announce,
    client_secret,
    environment,
    running_landbridge,
    running_slapd,
    wait_until_ready,
)
from app.testing.slapd import free_ports

SPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
SCOPES = "internal_user_mgt_create internal_user_mgt_list internal_user_mgt_view internal_user_mgt_update \
internal_user_mgt_delete internal_group_mgt_view internal_group_mgt_update internal_bulk_resource_create"


@dataclass(frozen=True, slots=True)
class Stand:
    """A running service, a token for it, and who is in its directory."""

    demo: Announcement
    token: str
    users: int
    groups: tuple[int, ...]

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """Make the bytes of a request."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} /scim2{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
        if body is not None:
            head += f"Content-Type: application/scim+json\r\nContent-Length: {len(content)}\r\n"
        return f"{head}\r\n".encode() + content


def user_id(number: int) -> str:
    """Name the entryUUID of a user."""
    return str(uuid.uuid5(SPACE, f"user {number}"))


def group_id(size: int) -> str:
    """Name the entryUUID of a group."""
    return str(uuid.uuid5(SPACE, f"group {size}"))


@contextmanager
def standing(
    directory: Path, *, users: int, groups: tuple[int, ...], teams: tuple[int, ...] = ()
) -> Iterator[Stand]:
    """Run it for the time of the block; ``teams`` are groups that only their members are measured with."""
    sizes = (*groups, *teams)
    demo = Demo(directory, free_ports(1)[0])
    with running_slapd(demo) as slapd:
        ldif = directory / "seed.ldif"
        with ldif.open("w") as file:
            file.writelines(
                _people(
                    slapd.people_dn, users, groups={_group_dn(slapd.base_dn, size): size for size in sizes}
                )
            )
            file.writelines(_groups(slapd.base_dn, slapd.people_dn, sizes))
        slapd.seed(ldif)
        secret = client_secret(directory / "secrets.json")
        with running_landbridge(demo, environment(demo, slapd, secret)) as landbridge:
            wait_until_ready(demo, landbridge)
            _wait_until_examined(demo, landbridge)
            announcement = announce(demo, slapd, secret)
            yield Stand(announcement, _token(announcement), users, groups)


def _wait_until_examined(demo: Demo, landbridge: subprocess.Popen[bytes]) -> None:
    """Wait for the doctor, who reads all entries once a day, and for the first time at the start."""
    while b'"domain_examined"' not in demo.log_file.read_bytes() and landbridge.poll() is None:
        sleep(0.5)


def _people(people_dn: str, count: int, *, groups: Mapping[str, int]) -> Iterator[str]:
    for number in range(count):
        # What is loaded past the server is past its overlays, too.
        told = "".join(f"memberOf: {name}\n" for name, size in groups.items() if number < size)
        yield (
            f"dn: uid=user{number},{people_dn}\nobjectClass: inetOrgPerson\nuid: user{number}\ncn: Given{number} Family\n"
            f"sn: Family\ngivenName: Given{number}\nmail: user{number}@example.org\ntitle: Engineer\n"
            f"telephoneNumber: +49 30 {number:07}\nemployeeNumber: {number}\nentryUUID: {user_id(number)}\n{told}\n"
        )


def _group_dn(base_dn: str, size: int) -> str:
    return f"cn=group{size},ou=Groups,{base_dn}"


def _groups(base_dn: str, people_dn: str, sizes: tuple[int, ...]) -> Iterator[str]:
    for size in sizes:
        yield f"dn: {_group_dn(base_dn, size)}\nobjectClass: groupOfNames\ncn: group{size}\nentryUUID: {group_id(size)}\n"
        for number in range(size):
            yield f"member: uid=user{number},{people_dn}\n"
        yield "\n"


def _token(demo: Announcement) -> str:
    form = {
        "grant_type": "password",
        "username": demo.admin_user,
        "password": demo.admin_password,
        "scope": SCOPES,
    }
    known = base64.b64encode(f"{demo.client_id}:{demo.client_secret}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - https
        f"{demo.url}/oauth2/token", urlencode(form).encode(), {"Authorization": f"Basic {known}"}
    )
    context = ssl.create_default_context(cafile=demo.ca_file)
    with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310 - the same
        return str(json.load(answer)["access_token"])
