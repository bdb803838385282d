"""What the Admin API does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.access.administrators import Role
from app.access.application import RESIDENT, ApplicationSchema
from app.provisioning.routing import Destination
from app.scim.codec import ResourceCodec
from app.store.held_changes import Change

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.admin.conftest import Admin


def _last(admin: Admin) -> tuple[str, str, str, str, str]:
    entry = admin.services.audit.page(limit=1)[0]
    return entry.actor, entry.application, entry.action, entry.resource_type, entry.resource_id


def test_documents_are_read(admin: Admin) -> None:
    """As they are in force; the kind may be in any case."""
    names = [each["name"] for each in admin.get("/documents/domain")]

    assert names == ["PRIMARY"]
    assert admin.get("/documents/Domain/PRIMARY")["product"] == "openldap"


def test_documents_are_compared_applied_and_rolled_back(admin: Admin) -> None:
    """Each step with its revision, by whoever did it."""
    document = {**admin.get("/documents/Application/demo"), "display_name": "Another"}

    compared = admin.role(Role.VIEWER).post("/diff", {"documents": [document]})
    applied = admin.post("/apply", {"documents": [document], "comment": "why not"})

    assert "+display_name: Another" in compared["differences"][0]["text"]
    assert compared["problems"] == []
    assert applied["outcomes"] == [
        {"kind": "Application", "name": "demo", "result": "changed", "revision": 2}
    ]
    assert _last(admin) == ("admin", "(admin)", "changed", "Application", "demo")
    revisions = admin.get("/documents/Application/demo/revisions")
    assert [(each["revision"], each["author"], each["comment"]) for each in revisions] == [
        (2, "admin", "why not"),
        (1, "test", ""),
    ]
    admin.post("/documents/Application/demo/rollback", {"revision": 1})
    assert admin.services.applications.get("demo").display_name == "Demo"
    assert admin.get("/documents/Application/demo?revision=2")["display_name"] == "Another"


def test_yaml_is_applied_as_from_a_file(admin: Admin) -> None:
    """Several documents at once."""
    text = "kind: Application\nname: a\n---\nkind: Application\nname: b\n"

    answer = admin.send("POST", "/apply", data=text, content_type="application/yaml")

    assert [each["result"] for each in answer.json["outcomes"]] == ["created", "created"]


def test_bad_documents_are_refused_whole(admin: Admin) -> None:
    """With what is wrong, where; in YAML with the line."""
    good = {"kind": "Application", "name": "good"}
    bad = {"kind": "Application", "name": "bad", "grants": ["magic"]}

    answer = admin.send("POST", "/apply", {"documents": [good, bad]})
    lines = admin.send(
        "POST", "/apply", data="kind: Application\nname: x\nname: x\n", content_type="text/yaml"
    )

    assert answer.status_code == 422
    [problem] = answer.json["problems"]
    assert (problem["name"], problem["key"]) == ("bad", "grants.0")
    assert lines.status_code == 400
    assert lines.json["problems"][0]["line"] == 3
    assert [each["name"] for each in admin.get("/applications")] == ["demo"]
    wrong: list[dict[str, Any]] = [{"documents": [{"kind": 7}]}, {"documents": []}]
    for each in wrong:
        assert admin.send("POST", "/apply", each).status_code in {400, 422}
    assert admin.send("POST", "/apply", data=b"\xff", content_type="text/yaml").status_code == 400


def test_a_document_is_deleted(admin: Admin) -> None:
    """Unless another needs it."""
    assert admin.send("DELETE", "/documents/Domain/PRIMARY").status_code == 422
    assert admin.send("DELETE", "/documents/Application/demo").status_code == 204
    assert admin.get("/documents/Application") == []
    assert admin.get("/documents/Application/demo/revisions")[0]["is_deletion"]
    assert admin.send("GET", "/documents/Application/demo?revision=2").status_code == 404


def test_an_application_is_made_changed_and_deleted(admin: Admin) -> None:
    """Its secret is in the answer that makes it, and in no other."""
    made = admin.post(
        "/applications",
        {
            "name": "hr",
            "display_name": "Human resources",
            "grants": ["client_credentials", "password"],
            "apis": {"SCIM2 Users API": "all", "SCIM2 Groups API": ["internal_group_mgt_view"]},
            "provisioning": {"domain": "PRIMARY"},
        },
    )

    secret = made.pop("client_secret")
    assert admin.services.applications.verify_client_secret(admin.services.applications.get("hr"), secret)
    assert admin.get("/applications/hr") == made
    assert made["provisioning"] == {
        "domain": "PRIMARY",
        "domains": ["PRIMARY"],
        "unreachable": "fail",
        "proxy_mode": False,
        "connectors": [],
    }
    assert secret not in json.dumps(admin.get("/audit"))
    changed = admin.send("PATCH", "/applications/hr", {"enabled": False, "display_name": "HR"}).json
    assert (changed["enabled"], changed["display_name"], changed["grants"]) == (False, "HR", made["grants"])
    assert admin.send("POST", "/applications", {"name": "hr"}).status_code == 409
    assert admin.send("DELETE", "/applications/hr").status_code == 204
    assert _last(admin) == ("admin", "(admin)", "delete", "Application", "hr")


TERMS: dict[str, Any] = {
    "networks": ["192.0.2.0/24"],
    "rate": "25 per second; 1000 per hour",
    "tokens": {"access_seconds": 60},
    "client": {"group_patch": "resource"},
    "self_service": ["nickName"],
    "guard": {"deletes": {"per_request": 5}},
    "user_roles": {"9b1d6a2e-2f6a-4c39-8f0e-0d5f0a1c7b11": "operator"},
    "client_keys": {"url": "https://issuer.example/jwks.json"},
    "client_certificates": [{"subject": "CN=hr"}],
    "token_issuers": [
        {"issuer": "https://i.example/", "audience": "a", "keys": {"url": "https://i.example/jwks.json"}}
    ],
}
"""On which terms an application may be let in and served: every key that its document may have for it."""


def test_the_terms_of_an_application_are_said_changed_and_taken_away(admin: Admin) -> None:
    """As in its document; a template's application may have them from the beginning."""
    made = admin.post("/applications", {"name": "hr", "template": "okta", **TERMS})
    changed = admin.send("PATCH", "/applications/hr", {"rate": None, "networks": ["::1"]}).json

    application = admin.services.applications.get("hr")
    assert {key: made[key] for key in TERMS} == TERMS
    assert {key: changed[key] for key in TERMS} == {**TERMS, "rate": None, "networks": ["::1"]}
    assert (application.admission.rates, application.admission.admits("192.0.2.1")) == ((), False)
    assert application.client.shows_patched_groups
    assert set(ApplicationSchema().fields) == {
        *TERMS, "display_name", "enabled", "client_id", "template", "client_secrets", "grants", "apis", "provisioning"
    }  # fmt: skip


def test_an_application_may_have_several_domains(admin: Admin) -> None:
    """One domain and several take each other's place."""
    other = admin.get("/documents/Domain/PRIMARY")
    assert admin.send("PUT", "/documents/Domain/OTHER", {**other, "name": "OTHER"}).status_code == 200
    wanted = {"domains": ["OTHER", "PRIMARY"], "unreachable": "partial"}

    several = admin.send("PATCH", "/applications/demo", {"provisioning": wanted}).json["provisioning"]
    one = admin.send("PATCH", "/applications/demo", {"provisioning": {"domain": "PRIMARY"}}).json
    both = admin.send("PATCH", "/applications/demo", {"provisioning": {**wanted, "domain": "PRIMARY"}})

    assert (several["domain"], several["domains"]) == ("OTHER", ["OTHER", "PRIMARY"])
    assert several["unreachable"] == "partial"
    assert one["provisioning"]["domains"] == ["PRIMARY"]
    assert both.status_code == 422


def test_a_change_of_an_application_is_made_whole_or_not_at_all(admin: Admin) -> None:
    """What is right does not get in before what is wrong is found."""
    before = admin.services.applications.said("demo")
    wanted = {"grants": ["password"], "networks": ["home"], "enabled": False}

    answer = admin.send("PATCH", "/applications/demo", wanted)

    assert answer.status_code == 422
    assert [problem["key"] for problem in answer.json["problems"]] == ["networks.0"]
    assert admin.services.applications.said("demo") == before


def test_an_application_is_made_whole_or_not_at_all(admin: Admin) -> None:
    """A mistake leaves nothing behind."""
    assert (
        admin.send("POST", "/applications", {"name": "it", "template": "okta", "rate": "x"}).status_code
        == 422
    )
    assert admin.send("GET", "/applications/it").status_code == 404
    wanted = {"name": "hr", "provisioning": {"domain": "NONE"}}

    assert admin.send("POST", "/applications", wanted).status_code == 422
    assert admin.send("GET", "/applications/hr").status_code == 404
    assert (
        admin.send("PATCH", "/applications/demo", {"provisioning": {"connectors": ["x"]}}).status_code == 422
    )


def test_secrets_come_and_go(admin: Admin) -> None:
    """Each is told once."""
    applications = admin.services.applications
    path = "/applications/demo/secrets"

    added = admin.post(path, {"days": 30})
    assert applications.verify_client_secret(applications.get("demo"), added["client_secret"])
    listed = admin.get(path)
    assert listed[0]["id"] == added["id"]
    assert listed[0]["expires"].startswith("2026-02-01")
    assert listed[1]["kept_in"] == {"env": "LANDBRIDGE_DEMO_CLIENT_SECRET"}
    assert admin.send("DELETE", f"{path}/{added['id']}").status_code == 204
    assert not applications.verify_client_secret(applications.get("demo"), added["client_secret"])
    old = applications.client_secret("demo") or ""
    new = admin.post(f"{path}/rotate", {"grace_hours": 1})["client_secret"]
    assert applications.verify_client_secret(applications.get("demo"), old)
    assert applications.verify_client_secret(applications.get("demo"), new)
    newest = admin.post(f"{path}/rotate", {})["client_secret"]
    assert not applications.verify_client_secret(applications.get("demo"), new)
    assert applications.verify_client_secret(applications.get("demo"), newest)


def test_tokens_come_and_go(admin: Admin) -> None:
    """Each is told once."""
    path = "/applications/demo/tokens"

    made = admin.post(path, {"name": "Entra ID", "days": 30, "scope": "internal_user_mgt_view"})

    caller = admin.services.callers.by_token(made["token"])
    assert caller
    assert caller.scopes == {"internal_user_mgt_view"}
    [listed] = admin.get(path)
    assert (listed["name"], listed["state"], listed["id"]) == ("Entra ID", "active", made["id"])
    assert "token" not in listed
    assert admin.send("POST", path, {"name": "Entra ID"}).status_code == 422
    assert admin.send("DELETE", f"{path}/{made['id']}").status_code == 204
    assert admin.services.callers.by_token(made["token"]) is None


def _create_user(admin: Admin, name: str) -> str:
    target = admin.services.router.target("User", Destination(RESIDENT, "PRIMARY"), record=lambda _: None)
    codec = ResourceCodec(admin.services.resource_types["User"])
    return str(target.create(codec.load({"userName": name})).attributes["id"])


def test_domains_and_their_resources_are_shown(admin: Admin) -> None:
    """As SCIM clients see them, by SCIM's own filters."""
    resource_id = _create_user(admin, "jo")
    _create_user(admin, "bo")

    assert [(each["name"], each["is_usable"]) for each in admin.get("/domains")] == [("PRIMARY", True)]
    assert admin.get("/domains/PRIMARY")["state"] == "Connected"
    found = admin.get('/domains/PRIMARY/resources/User?filter=userName eq "jo"&count=1')
    assert (found["totalResults"], found["Resources"][0]["id"]) == (1, resource_id)
    assert admin.get(f"/domains/PRIMARY/resources/User/{resource_id}")["userName"] == "jo"


def test_maps_are_explained_and_checked(admin: Admin) -> None:
    """Without writing anything."""
    explained = admin.post(
        "/maps/openldap-user/explain", {"domain": "PRIMARY", "resource": {"userName": "jo"}}
    )
    compiled = admin.post(
        "/maps/openldap-user/explain", {"domain": "PRIMARY", "filter": 'userName eq "jo" and title pr'}
    )

    assert "dn: uid=jo,ou=People,dc=example,dc=org" in explained["ldif"]
    assert "(uid=jo)" in compiled["filter"]
    assert compiled["indexes"][0]["attribute"]
    assert set(admin.get("/maps/openldap-user/check")) == {"PRIMARY"}
    refused: list[dict[str, Any]] = [
        {"domain": "PRIMARY"},
        {"domain": "PRIMARY", "filter": "x", "resource": {}},
    ]
    for each in refused:
        assert admin.send("POST", "/maps/openldap-user/explain", each).status_code == 422


def test_entries_are_explained(admin: Admin) -> None:
    """A live one by its name, and one that stands in LDIF; what is neither is refused in words."""
    _create_user(admin, "jo")
    live = {"domain": "PRIMARY", "entry": "uid=jo,ou=People,dc=example,dc=org"}
    ldif = "dn: uid=x,dc=example,dc=org\nobjectClass: device\nuid: x\ntitle: Chief\n"

    by_name = admin.post("/maps/openldap-user/entry", live)
    written = admin.post("/maps/openldap-user/explain", {"domain": "PRIMARY", "ldif": ldif})

    assert (by_name["resource"]["userName"], by_name["is_in_scope"]) == ("jo", True)
    assert (written["resource"]["title"], written["is_in_scope"]) == ("Chief", False)
    for path, asked in (("entry", {**live, "entry": "jo"}), ("explain", {"domain": "PRIMARY", "ldif": "dn"})):
        assert admin.send("POST", f"/maps/openldap-user/{path}", asked).status_code == 422
    gone = {**live, "entry": "uid=nobody,dc=example,dc=org"}
    assert admin.send("POST", "/maps/openldap-user/entry", gone).status_code == 404


def test_maps_are_covered_tried_and_proposed(admin: Admin) -> None:
    """What the commands for maps show, the API shows."""
    covered = {each["place"]: each["fate"] for each in admin.get("/maps/openldap-user/coverage")}
    tried = admin.get("/maps/openldap-user/examples")

    assert (covered["userName"], covered["nickName"]) == ("kept", "lost")
    assert all(each["passed"] for each in tried)
    assert admin.send("GET", "/maps/openldap-user/coverage?product=x").status_code == 400
    assert admin.send("GET", "/maps/none/examples").status_code == 404
    assert admin.send("GET", "/domains/PRIMARY/map-proposal?type=Robot").status_code == 400


def test_the_trail_is_read_and_exported(admin: Admin) -> None:
    """Page by page, and whole as JSON Lines."""
    for name in ("a", "b", "c"):
        admin.post("/applications", {"name": name})

    first = admin.get("/audit?action=create&limit=2")
    rest = admin.get(f"/audit?action=create&limit=2&before={first['next']}")
    exported = admin.send("GET", "/audit/export?action=create&since=2026-01-01T00:00:00Z")

    assert [each["resource_id"] for each in first["entries"] + rest["entries"]] == ["c", "b", "a"]
    assert rest["next"] is None
    lines = [json.loads(line) for line in exported.text.splitlines()]
    assert lines == first["entries"] + rest["entries"]
    assert admin.send("GET", "/audit/export?until=2020-01-01T00:00:00Z").text == ""


def test_held_changes_are_decided_on(admin: Admin) -> None:
    """By operators."""
    change = Change(
        actor="x",
        application="demo",
        domain="PRIMARY",
        resource_type="User",
        resource_id="1",
        action="delete",
        amounts={"deletes": 1},
        plan="dn: uid=jo\n",
    )
    numbers = [
        admin.services.held_changes.hold(each, "too much").id
        for each in (change, Change(**{**_as_dict(change), "resource_id": "2"}))
    ]
    operator = admin.role(Role.OPERATOR)

    assert [each["id"] for each in operator.get("/guard")] == numbers[::-1]
    assert operator.get(f"/guard/{numbers[0]}")["plan"] == "dn: uid=jo\n"
    assert operator.post(f"/guard/{numbers[0]}/approve")["decided_by"] == "olga"
    assert operator.post(f"/guard/{numbers[1]}/reject")["state"] == "rejected"
    assert operator.get("/guard?application=demo&domain=PRIMARY") == []
    assert len(operator.get("/guard?state=all")) == 2
    assert _last(admin) == ("olga", "(admin)", "reject", "Held change", str(numbers[1]))


def test_what_was_done_is_undone(admin: Admin) -> None:
    """By an operator, after a look at what that would be."""
    location = _console_user(admin)
    [entry] = admin.get("/audit?action=create&resource_type=User")["entries"]
    operator = admin.role(Role.OPERATOR)

    previewed = operator.get(f"/audit/{entry['id']}/undo")
    assert "changetype: delete" in previewed["ldif"]
    assert admin.get(location)["userName"] == "jo"
    assert operator.post(f"/audit/{entry['id']}/undo")["ldif"] == previewed["ldif"]

    assert admin.send("GET", location).status_code == 404
    assert _last(admin)[:3] == ("olga", "(admin)", "undo")


def _console_user(admin: Admin) -> str:
    """Create a user on the console, so that it is in the trail; return where the API shows it."""
    admin.console.sign_in(Role.OPERATOR)
    admin.console.create_user(userName="jo", **{"name.familyName": "Jo"})
    [found] = admin.get("/domains/PRIMARY/resources/User")["Resources"]
    return f"/domains/PRIMARY/resources/User/{found['id']}"


def _as_dict(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in Change.__slots__}


def test_the_outbox_is_empty_without_connectors(admin: Admin) -> None:
    """And says so."""
    assert admin.get("/outbox") == {"tasks": [], "next": None}
    assert admin.get("/connectors") == []
    assert admin.send("POST", "/outbox/1/retry").status_code == 404
    assert admin.send("POST", "/outbox/1/skip").status_code == 404
    assert admin.send("PUT", "/outbox/1", {"payload": {}}).status_code == 404


def test_administrators_come_and_go(admin: Admin) -> None:
    """Their passwords are never told."""
    made = admin.post("/administrators", {"name": "ann", "role": "viewer", "password": "secret"})
    changed = admin.send(
        "PATCH", "/administrators/ann", {"role": "operator", "password": "other", "enabled": True}
    )

    assert made == {"name": "ann", "role": "viewer", "enabled": True}
    assert changed.json["role"] == "operator"
    assert admin.services.administrators.authenticate("ann", "other")
    assert "other" not in json.dumps(admin.get("/audit"))
    assert {each["name"] for each in admin.get("/administrators")} == {"admin", "ann", "olga", "vera"}
    assert admin.send("PATCH", "/administrators/none", {}).status_code == 404
    assert admin.send("POST", "/administrators", {**made, "password": "x"}).status_code == 422
    assert admin.send("DELETE", "/administrators/ann").status_code == 204
    assert admin.send("DELETE", "/administrators/admin").status_code == 422


def test_an_application_from_a_template_says_what_to_paste(admin: Admin) -> None:
    """The token in the answer is good, and nobody reads it again."""
    provisioning = {"domain": "PRIMARY"}

    made = admin.post("/applications", {"name": "it", "template": "entra", "provisioning": provisioning})
    again = admin.get("/applications/it/connection")
    other = admin.get("/applications/it/connection?client=okta")

    values = {each["field"]: each["value"] for each in made["values"]}
    assert values["Tenant URL"] == "https://bridge.example:9443/scim2?aadOptscim062020"
    caller = admin.services.callers.by_token(values["Secret token"])
    assert caller
    assert caller.application.name == "it"
    assert {each["field"]: each["value"] for each in again["values"]}["Secret token"] is None
    assert other["template"] == "okta"
    assert admin.send("GET", "/applications/it/connection?client=none").status_code == 400


def test_a_template_says_all_of_what_is_allowed(admin: Admin) -> None:
    """APIs beside it are a mistake, and nothing is made."""
    answer = admin.send("POST", "/applications", {"name": "it", "template": "okta", "apis": {}})

    assert answer.status_code == 422
    assert admin.send("GET", "/applications/it").status_code == 404


def test_signals_are_those_of_home(admin: Admin) -> None:
    """A viewer's program sees what needs attention."""
    admin.services.traffic.count("demo", 500)

    [signal] = admin.role(Role.VIEWER).get("/signals")

    assert (signal["severity"], signal["where"], signal["name"]) == ("error", "client", "demo")


def test_request_rates_are_those_of_home(admin: Admin) -> None:
    """By application, of the last hour or day; another window is refused by name."""
    admin.services.traffic.count("demo", 500)

    [rate] = admin.role(Role.VIEWER).get("/requests?window=day")

    assert (rate["application"], rate["requests"], rate["failed"], len(rate["steps"])) == ("demo", 1, 1, 24)
    refused = admin.send("GET", "/requests?window=year")
    assert (refused.status_code, "window is hour or day" in refused.text) == (400, True)


def test_a_document_is_put_where_it_is_as_it_was_seen(admin: Admin) -> None:
    """Two programs that change the same one do not undo each other's work: the second is told, and reads again."""
    path = "/documents/Application/demo"
    seen = admin.send("GET", path)
    body = {**seen.json, "display_name": "First"}

    first = admin.send("PUT", path, body, headers={"If-Match": seen.headers["ETag"]})
    second = admin.send(
        "PUT", path, {**body, "display_name": "2"}, headers={"If-Match": seen.headers["ETag"]}
    )

    assert (first.status_code, first.json["display_name"]) == (200, "First")
    assert first.headers["ETag"] not in {None, seen.headers["ETag"]}
    assert second.status_code == 412
    assert "somebody has changed it since" in second.json["detail"]
    assert admin.services.applications.get("demo").title == "First"


def test_a_document_is_made_only_where_there_is_none(admin: Admin) -> None:
    """With If-None-Match; the path may stand for kind and name, and YAML will do."""
    new = {"If-None-Match": "*"}

    made = admin.send("PUT", "/documents/Application/new", {"display_name": "New"}, headers=new)
    again = admin.send("PUT", "/documents/Application/new", {"display_name": "Other"}, headers=new)
    text = "kind: Application\nname: new\ndisplay_name: From YAML\n"
    yaml = admin.send(
        "PUT", "/documents/Application/new", data=text, headers={"Content-Type": "application/yaml"}
    )

    assert [answer.status_code for answer in (made, again, yaml)] == [200, 412, 200]
    assert admin.services.applications.get("new").title == "From YAML"


def test_a_document_is_deleted_as_it_was_seen(admin: Admin) -> None:
    """Or not at all."""
    path = "/documents/Application/demo"
    tag = admin.send("GET", path).headers["ETag"]

    assert admin.send("DELETE", path, headers={"If-Match": '"another"'}).status_code == 412
    assert admin.send("DELETE", path, headers={"If-Match": tag}).status_code == 204


def test_the_path_names_the_document(admin: Admin) -> None:
    """A body of another name is a mistake, and so is a bad document."""
    path = "/documents/Application/demo"

    assert admin.send("PUT", path, {"name": "other"}).status_code == 422
    assert admin.send("PUT", path, {"colour": "blue"}).status_code == 422
    assert admin.services.applications.get("demo").title == "Demo"


def test_findings_are_those_of_the_last_look(admin: Admin) -> None:
    """None where nobody has looked."""
    before = admin.get("/domains/PRIMARY/findings")
    admin.services.checkups.note("PRIMARY", [{"code": "x", "severity": "note", "seen": "y"}])

    assert (before["time"], before["findings"]) == (None, [])
    assert [each["code"] for each in admin.get("/domains/PRIMARY/findings")["findings"]] == ["x"]
    assert admin.send("GET", "/domains/NONE/findings").status_code == 404


def test_a_connector_is_held_against_a_domain(admin: Admin, tmp_path: Path) -> None:
    """What it lacks is reported, and with apply put into the outbox."""
    settings = {"path": str(tmp_path / "hr.jsonl")}
    body = {"type": "file", "settings": settings, "resource_types": ["User"]}
    admin.send("PUT", "/documents/Connector/hr", body)
    admin.console.http.post(
        "/scim2/Users", json={"userName": "ann"}, auth=admin.auth, base_url="https://bridge.example:9443"
    )

    looked = admin.post("/connectors/hr/reconcile", {"domain": "PRIMARY"})
    mended = admin.post("/connectors/hr/reconcile", {"domain": "PRIMARY", "apply": True})

    assert [(each["kind"], each["name"]) for each in looked["findings"]] == [("missing", "ann")]
    assert (looked["tasks"], mended["tasks"]) == (0, 1)
    assert admin.send("POST", "/connectors/none/reconcile", {"domain": "PRIMARY"}).status_code == 404
