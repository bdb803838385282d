"""The demo's words: JSON for scripts, commands to paste for people."""

import json
import shlex
from dataclasses import replace

from app.testing.announcement import Announcement

ANNOUNCEMENT = Announcement(
    url="https://localhost:9443",
    ca_file="/srv/demo/server.crt",
    admin_user="admin",
    admin_password="admin",
    client_id="demo",
    client_secret="sesame",
    ldap_uri="ldap://127.0.0.1:389",
    ldap_bind_dn="cn=landbridge,dc=example,dc=org",
    ldap_bind_password="open",
    ldap_base_dn="dc=example,dc=org",
    pid=4711,
)
KEYS = [
    "url",
    "ca_file",
    "admin_user",
    "admin_password",
    "client_id",
    "client_secret",
    "ldap_uri",
    "ldap_bind_dn",
    "ldap_bind_password",
    "ldap_base_dn",
    "pid",
]


def test_json_has_every_key_and_comes_back() -> None:
    """Scripts rely on these keys."""
    text = ANNOUNCEMENT.to_json()

    assert list(json.loads(text)) == KEYS
    assert Announcement.from_json(text) == ANNOUNCEMENT


def test_the_token_request_is_the_guides() -> None:
    """The token request asks what the inbound provisioning guide asks."""
    text = ANNOUNCEMENT.to_text()

    assert "-u 'demo:sesame'" in text
    assert "-d 'grant_type=password&username=admin&password=admin&scope=internal_user_mgt_create'" in text
    assert "https://localhost:9443/oauth2/token" in text


def test_the_user_is_the_guides() -> None:
    """The second command makes John Doe, and is one command to a shell."""
    program, *words = shlex.split(ANNOUNCEMENT.to_text().partition("Make a user with it:")[2])

    user = json.loads(words[words.index("-d") + 1])

    assert (program, words[-1]) == ("curl", "https://localhost:9443/scim2/Users")
    assert (user["userName"], user["name"]) == ("johndoe", {"familyName": "Doe", "givenName": "John"})


def test_names_with_spaces_stay_whole() -> None:
    """A checkout below a directory with a space in its name gives commands that work."""
    announcement = replace(ANNOUNCEMENT, ca_file="/srv/my demo's/server.crt")

    words = shlex.split(announcement.to_text().partition("Make a user with it:")[2])

    assert words[words.index("--cacert") + 1] == "/srv/my demo's/server.crt"
