"""Users of Active Directory change their own password over HTTP: signed in as themselves, with the one until now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.testing.samba import SambaAdContainer
from tests.web.scim.bridge import CLIENT_SECRET, HOST, Bridge, make_bridge, problem, read

pytestmark = [pytest.mark.container, pytest.mark.directory]
ACCOUNT = "urn:landbridge:scim:schemas:extension:account:1.0:User"
CURRENT = f"{ACCOUNT}:currentPassword"
DOMAIN: Mapping[str, Any] = {
    "product": "active-directory",
    "maps": {"User": "ad-user-account", "Group": "ad-group"},
}
FIRST, SECOND, THIRD = "first secret 1", "second secret 2", "third secret 3"


@pytest.fixture
def bridge(empty_samba_ad: SambaAdContainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Give a service whose users may send both passwords."""
    bodies: Mapping[str, Mapping[str, Any]] = {
        "PRIMARY": DOMAIN,
        "demo": {"self_service": ["password", CURRENT]},
    }
    made = make_bridge(tmp_path_factory.mktemp("me"), empty_samba_ad, bodies=bodies)
    yield made
    made.close()


def signed_in(bridge: Bridge, password: str) -> TestResponse:
    """Sign jo in by the password grant."""
    form = {"grant_type": "password", "username": "jo", "password": password, "scope": "internal_login"}
    return bridge.http.post("/oauth2/token", base_url=HOST, data=form, auth=("demo", CLIENT_SECRET))


def change(me: Bridge, new: str, current: str | None) -> TestResponse:
    """Send a new password, and the one until now."""
    old = [] if current is None else [{"op": "replace", "path": CURRENT, "value": current}]
    return me.send(
        "PATCH", "/Me", {"Operations": [{"op": "replace", "path": "password", "value": new}, *old]}
    )


def test_own_password(bridge: Bridge, samba_ad: SambaAdContainer) -> None:
    """With the right one it is changed; with a wrong one, none, or one of the history, it is not, and it is said why."""
    bridge.user("jo", password=FIRST)
    me = replace(bridge, authorization=f"Bearer {read(signed_in(bridge, FIRST))['access_token']}")

    with samba_ad.policy(pwdHistoryLength="3"):
        wrong = change(me, SECOND, THIRD)
        assert problem(wrong) == (400, "invalidValue")
        assert "old password" in read(wrong)["detail"]
        assert problem(change(me, SECOND, None)) == (403, None)
        assert signed_in(bridge, FIRST).status_code == 200

        changed = change(me, SECOND, FIRST)
        assert changed.status_code == 200
        assert signed_in(bridge, FIRST).status_code == 400
        assert signed_in(bridge, SECOND).status_code == 200
        again = change(me, FIRST, SECOND)
        assert problem(again) == (400, "invalidValue")
        assert "history" in read(again)["detail"]

    written = "".join(each.plan + each.detail for each in bridge.services.audit.pages())
    assert not [secret for secret in (FIRST, SECOND, THIRD) if secret in changed.text + wrong.text + written]
