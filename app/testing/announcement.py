"""What the demo says once it is ready: to a person, or to a script as JSON."""

import json
import shlex
from dataclasses import asdict, dataclass

_TEXT = """\
Landbridge is ready. It stops with Ctrl-C, or with script/demo --stop.

  Console      {url}/console   (user {admin_user}, password {admin_password})
  Application  client id {client_id}, client secret {client_secret}
  Directory    ldapsearch -x -LLL -H {ldap_uri} -b {ldap_base_dn} -D {ldap_bind_dn} -w {ldap_bind_password}
  Certificate  {ca_file}

Get a token:

  TOKEN=$(curl -sS --cacert {quoted_ca_file} -u '{client_id}:{client_secret}' \\
    -d 'grant_type=password&username={admin_user}&password={admin_password}&scope=internal_user_mgt_create' \\
    {url}/oauth2/token | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')

Make a user with it:

  curl -sS --cacert {quoted_ca_file} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"schemas":[],"name":{{"familyName":"Doe","givenName":"John"}},"userName":"johndoe","password":"mypassword","emails":[{{"primary":true,"value":"johndoe@example.com"}}]}}' \\
    {url}/scim2/Users
"""


@dataclass(frozen=True, slots=True)
class Announcement:
    """How to reach a running demo; `ldap_uri` is plain, and answers on loopback alone."""

    url: str
    ca_file: str
    admin_user: str
    admin_password: str
    client_id: str
    client_secret: str
    ldap_uri: str
    ldap_bind_dn: str
    ldap_bind_password: str
    ldap_base_dn: str
    pid: int

    def to_json(self) -> str:
        """Write one JSON object on one line."""
        return json.dumps(asdict(self))

    def to_text(self) -> str:
        """Write it for a person, with two commands to paste."""
        return _TEXT.format(**asdict(self), quoted_ca_file=shlex.quote(self.ca_file))

    @classmethod
    def from_json(cls, text: str) -> "Announcement":
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
