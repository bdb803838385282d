"""All routes of the console, with the role that each asks for: what a route is not named here for fails a test."""

from __future__ import annotations

from typing import Any

from app.access.administrators import Role
from tests.web.console.fakes import Console

ANYBODY = None
LOOK, OPERATE, ADMINISTER = Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR

ROLES = {
    ("GET", "console.static"): ANYBODY,
    ("GET", "console.account.login"): ANYBODY,
    ("POST", "console.account.sign_in"): ANYBODY,
    ("GET", "console.external.begin"): ANYBODY,
    ("GET", "console.external.finish"): ANYBODY,
    ("POST", "console.account.logout"): LOOK,
    ("GET", "console.account.password"): LOOK,
    ("POST", "console.account.change_password"): LOOK,
    ("GET", "console.home.show"): LOOK,
    ("GET", "console.applications.list_"): LOOK,
    ("GET", "console.applications.general"): LOOK,
    ("GET", "console.applications.new"): ADMINISTER,
    ("POST", "console.applications.create"): ADMINISTER,
    ("POST", "console.applications.update"): ADMINISTER,
    ("GET", "console.applications.confirm_delete"): ADMINISTER,
    ("POST", "console.applications.delete"): ADMINISTER,
    ("GET", "console.connect.show"): LOOK,
    ("GET", "console.protocol.show"): LOOK,
    ("POST", "console.protocol.update"): ADMINISTER,
    ("POST", "console.protocol.reveal"): ADMINISTER,
    ("GET", "console.protocol.confirm_rotate"): ADMINISTER,
    ("POST", "console.protocol.rotate"): ADMINISTER,
    ("GET", "console.api_authorization.show"): LOOK,
    ("POST", "console.api_authorization.update"): ADMINISTER,
    ("GET", "console.provisioning.show"): LOOK,
    ("POST", "console.provisioning.update"): ADMINISTER,
    ("GET", "console.terms.show"): LOOK,
    ("POST", "console.terms.update"): ADMINISTER,
    ("GET", "console.secrets.show"): LOOK,
    ("POST", "console.secrets.add"): ADMINISTER,
    ("GET", "console.secrets.confirm_remove"): ADMINISTER,
    ("POST", "console.secrets.remove"): ADMINISTER,
    ("GET", "console.tokens.show"): LOOK,
    ("POST", "console.tokens.create"): ADMINISTER,
    ("GET", "console.tokens.confirm_revoke"): ADMINISTER,
    ("POST", "console.tokens.revoke"): ADMINISTER,
    ("GET", "console.users.list_"): LOOK,
    ("GET", "console.users.show"): LOOK,
    ("GET", "console.users.new"): OPERATE,
    ("POST", "console.users.create"): OPERATE,
    ("POST", "console.users.set_active"): OPERATE,
    ("GET", "console.users.confirm_delete"): OPERATE,
    ("POST", "console.users.delete"): OPERATE,
    ("GET", "console.users.edit"): OPERATE,
    ("POST", "console.users.update"): OPERATE,
    ("GET", "console.users.password"): OPERATE,
    ("POST", "console.users.set_password"): OPERATE,
    ("GET", "console.users.export"): LOOK,
    ("GET", "console.imports.new"): OPERATE,
    ("POST", "console.imports.upload"): OPERATE,
    ("GET", "console.imports.show"): OPERATE,
    ("POST", "console.imports.check"): OPERATE,
    ("POST", "console.imports.apply"): OPERATE,
    ("POST", "console.imports.stop"): OPERATE,
    ("GET", "console.imports.result"): OPERATE,
    ("GET", "console.groups.export"): LOOK,
    ("GET", "console.groups.list_"): LOOK,
    ("GET", "console.groups.show"): LOOK,
    ("GET", "console.groups.new"): OPERATE,
    ("POST", "console.groups.create"): OPERATE,
    ("GET", "console.groups.edit"): OPERATE,
    ("POST", "console.groups.update"): OPERATE,
    ("GET", "console.groups.confirm_delete"): OPERATE,
    ("POST", "console.groups.delete"): OPERATE,
    ("POST", "console.group_members.add"): OPERATE,
    ("POST", "console.group_members.remove"): OPERATE,
    ("GET", "console.stores.list_"): LOOK,
    ("GET", "console.stores.show"): LOOK,
    ("POST", "console.store_checks.test"): OPERATE,
    ("POST", "console.store_checks.doctor"): OPERATE,
    ("POST", "console.store_checks.prepare"): ADMINISTER,
    ("POST", "console.store_checks.apply"): ADMINISTER,
    ("GET", "console.store_new.new"): ADMINISTER,
    ("POST", "console.store_new.test"): ADMINISTER,
    ("POST", "console.store_new.propose"): ADMINISTER,
    ("POST", "console.store_new.create"): ADMINISTER,
    ("GET", "console.providers.show"): LOOK,
    ("GET", "console.documents.maps"): LOOK,
    ("GET", "console.documents.schema"): LOOK,
    ("GET", "console.map_proof.examples"): LOOK,
    ("GET", "console.map_proof.covered"): LOOK,
    ("GET", "console.documents.new"): ADMINISTER,
    ("POST", "console.documents.create"): ADMINISTER,
    ("GET", "console.documents.show"): LOOK,
    ("POST", "console.documents.check"): LOOK,
    ("POST", "console.documents.save"): ADMINISTER,
    ("GET", "console.documents.history"): LOOK,
    ("POST", "console.documents.rollback"): ADMINISTER,
    ("GET", "console.outbound.list_"): LOOK,
    ("GET", "console.outbound.tasks"): LOOK,
    ("GET", "console.outbound.task"): LOOK,
    ("POST", "console.outbound.edit"): OPERATE,
    ("POST", "console.outbound.retry"): OPERATE,
    ("POST", "console.outbound.skip"): OPERATE,
    ("POST", "console.outbound.pause"): OPERATE,
    ("POST", "console.outbound.resume"): OPERATE,
    ("POST", "console.outbound.retry_all"): OPERATE,
    ("GET", "console.reconciling.show"): LOOK,
    ("POST", "console.reconciling.start"): OPERATE,
    ("POST", "console.reconciling.mend"): OPERATE,
    ("GET", "console.held.list_"): LOOK,
    ("GET", "console.held.show"): LOOK,
    ("POST", "console.held.approve"): OPERATE,
    ("POST", "console.held.reject"): OPERATE,
    ("GET", "console.activity.list_"): LOOK,
    ("GET", "console.activity.show"): LOOK,
    ("GET", "console.activity.export"): LOOK,
    ("GET", "console.activity.confirm_undo"): OPERATE,
    ("POST", "console.activity.undo"): OPERATE,
}
_ARGUMENTS = {
    "name": "demo",
    "domain": "PRIMARY",
    "provider": "nobody",
    "resource_id": "none",
    "run_id": "none",
    "form_name": "csv",
    "number": "1",
    "filename": "console.css",
    "secret_id": "none",
    "token_id": "none",
}
_STORE = {"name": "PRIMARY"}
_CSV = {"kind": "csv"}
_MAP = {"kind": "SchemaMap", "name": "openldap-user"}


def all_routes(console: Console) -> set[tuple[str, str]]:
    """Return the method and endpoint of each route that there is."""
    return {
        (method, rule.endpoint)
        for rule in console.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def path_of(console: Console, endpoint: str) -> str:
    """Return an address at which the endpoint answers."""
    rule = next(console.app.url_map.iter_rules(endpoint))
    own = {
        "console.stores": _STORE,
        "console.store_checks": _STORE,
        "console.documents": _MAP,
        "console.map_proof": {"name": "openldap-user"},
        "console.activity": _CSV,
    }.get(endpoint.rpartition(".")[0], {})
    known = {**_ARGUMENTS, **own}
    arguments: dict[str, Any] = {name: known[name] for name in rule.arguments}
    with console.app.test_request_context():
        return console.app.url_for(endpoint, **arguments)
