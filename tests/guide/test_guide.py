"""The inbound provisioning guide's requests, sent by the real curl as they are written, end in OpenLDAP."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.guide.conftest import Served

pytestmark = pytest.mark.directory

JOHN = (
    '{"schemas":[],"name":{"familyName":"Doe","givenName":"John"},"userName":"johndoe","password":"mypassword",'
    '"emails":[{"primary":true,"value":"johndoe@wso2.com"}]}'
)


def token(served: Served, scope: str = "internal_user_mgt_create") -> str:
    """Send the guide's token request."""
    client = f"{served.announced['client_id']}:{served.announced['client_secret']}"
    status, headers, body = served.curl(
        *("-X", "POST"),
        *("-H", f"Authorization: Basic {base64.b64encode(client.encode()).decode()}"),
        *("-H", "Content-Type: application/x-www-form-urlencoded;charset=UTF-8"),
        *("-k", "-d", f"grant_type=password&username=admin&password=admin&scope={scope}"),
        f"{served.announced['url']}/oauth2/token",
    )
    answer = json.loads(body)
    assert (status, headers["cache-control"], answer["scope"]) == (200, "no-store", scope)
    return str(answer["access_token"])


def create(served: Served, access_token: str, document: str = JOHN) -> tuple[int, dict[str, str], str]:
    """Send the guide's SCIM request."""
    return served.curl(
        *("--header", f"Authorization: Bearer {access_token}"),
        *("--data", document),
        *("--header", "Content-Type:application/json"),
        f"{served.announced['url']}/scim2/Users",
    )


def test_the_guide(served: Served) -> None:
    """John is created, stands in the directory with a hashed password, and can be read, changed and deleted."""
    status, headers, body = create(served, token(served))

    john = json.loads(body)
    assert status == 201
    assert (
        headers["location"]
        == john["meta"]["location"].lower()
        == f"{served.announced['url']}/scim2/users/{john['id']}"
    )
    assert john["meta"]["resourceType"] == "User"
    assert "password" not in john

    service = {"dn": served.announced["ldap_bind_dn"], "password": served.announced["ldap_bind_password"]}
    base = served.announced["ldap_base_dn"]
    found = served.ldap("ldapsearch", "-LLL", "-b", base, "(uid=johndoe)", "mail", "sn", "cn", **service)
    assert "mail: johndoe@wso2.com\n" in found.stdout
    assert "cn: John Doe\n" in found.stdout
    dn = f"uid=johndoe,ou=People,{base}"
    assert served.ldap("ldapwhoami", dn=dn, password="mypassword").returncode == 0
    assert served.ldap("ldapwhoami", dn=dn, password="wrong").returncode != 0
    stored = _stored_password(served, dn)
    assert stored.startswith("{")
    assert "mypassword" not in stored

    every = ("-H", f"Authorization: Bearer {token(served, 'internal_user_mgt_list')}")
    status, _, body = served.curl(
        *every, f"{served.announced['url']}/scim2/Users?filter=userName+eq+%22johndoe%22"
    )
    assert (status, json.loads(body)["totalResults"]) == (200, 1)
    listed = json.loads(served.curl(*every, f"{served.announced['url']}/scim2/Users")[2])["Resources"]
    assert "johndoe" in [user["userName"] for user in listed]

    url = f"{served.announced['url']}/scim2/Users/{john['id']}"
    update = ("-H", f"Authorization: Bearer {token(served, 'internal_user_mgt_update')}")
    changed = json.dumps({"userName": "johndoe", "name": {"familyName": "Roe", "givenName": "John"}})
    status, _, body = served.curl(
        *update, "-X", "PUT", "-H", "Content-Type: application/scim+json", "-d", changed, url
    )
    assert (status, json.loads(body)["name"]["familyName"]) == (200, "Roe")

    delete = ("-H", f"Authorization: Bearer {token(served, 'internal_user_mgt_delete')}")
    assert served.curl(*delete, "-X", "DELETE", url)[0] == 204
    view = ("-H", f"Authorization: Bearer {token(served, 'internal_user_mgt_view')}")
    assert served.curl(*view, url)[0] == 404


def test_refusals(served: Served) -> None:
    """Without a token 401, without the scope 403, with a bad body 400, with a taken name 409: each a SCIM error."""
    allowed = token(served)
    url = f"{served.announced['url']}/scim2/Users"

    status, headers, body = served.curl(url)
    assert (status, headers["content-type"]) == (401, "application/scim+json")
    assert headers["www-authenticate"]
    assert json.loads(body)["status"] == "401"
    assert create(served, "unknown")[0] == 401
    assert served.curl("-H", f"Authorization: Bearer {allowed}", url)[0] == 403
    for document, scim_type in (
        ('{"userName":', "invalidSyntax"),
        ("[]", "invalidSyntax"),
        ('{"name":{"familyName":"Doe"}}', "invalidValue"),
        ('{"userName":5}', "invalidValue"),
    ):
        status, _, body = create(served, allowed, document)
        assert (status, json.loads(body)["scimType"]) == (400, scim_type)
    assert create(served, allowed, '{"userName":"twice"}')[0] == 201
    status, _, body = create(served, allowed, '{"userName":"TWICE"}')
    assert (status, json.loads(body)["scimType"]) == (409, "uniqueness")


def test_wrong_client_or_user(served: Served) -> None:
    """The token endpoint refuses as RFC 6749 §5.2 says."""
    url = f"{served.announced['url']}/oauth2/token"
    client = ("-u", f"{served.announced['client_id']}:{served.announced['client_secret']}")
    form = ("-d", "grant_type=password&username=admin&password=wrong")

    status, headers, body = served.curl("-u", "nobody:nothing", *form, url)
    assert (status, json.loads(body)["error"]) == (401, "invalid_client")
    assert headers["www-authenticate"].startswith("basic")
    status, _, body = served.curl(*client, *form, url)
    assert (status, json.loads(body)["error"]) == (400, "invalid_grant")
    status, _, body = served.curl(*client, "-d", "grant_type=magic", url)
    assert (status, json.loads(body)["error"]) == (400, "unsupported_grant_type")


def test_the_command_on_the_same_store(served: Served) -> None:
    """The command shows the documents in force, and refuses a broken one with file, line and key."""
    shown = served.command("get", "Domain")
    broken = served.data / "broken.yaml"
    broken.write_text(
        Path("config/domains/primary.yaml").read_text().replace("product: openldap", "product: exchange")
    )

    refused = served.command("apply", "-f", str(broken))

    assert "PRIMARY" in shown.stdout
    assert refused.returncode == 4
    assert f"{broken}:5: Domain PRIMARY: product: " in refused.stderr


def _stored_password(served: Served, dn: str) -> str:
    """Read what the directory keeps of a password, offline, since nobody may read it online."""
    slapcat = _slapcat(served)
    entry = next(part for part in slapcat.split("\n\n") if part.startswith(f"dn: {dn}\n"))
    [line] = [line for line in entry.splitlines() if line.startswith("userPassword:: ")]
    return base64.b64decode(line.removeprefix("userPassword:: ")).decode()


def _slapcat(served: Served) -> str:
    """Dump the directory's database."""
    slapd = served.data / "slapd"
    done = subprocess.run(
        [
            "/usr/sbin/slapcat",
            "-o",
            "ldif_wrap=no",
            "-F",
            str(slapd / "slapd.d"),
            "-b",
            served.announced["ldap_base_dn"],
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=slapd,
    )
    return done.stdout
