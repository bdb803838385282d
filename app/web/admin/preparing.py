"""Preparing directories: testing connections, examining, preparing, adopting, and proposing domains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from marshmallow import Schema, fields, validate

from app.access.administrators import Role
from app.preparation.adoption.adoptions import Request
from app.preparation.domain_proposal import Wanted
from app.preparation.pace import STEADY
from app.preparation.preparations import Administrator, Administrators
from app.preparation.work import Work
from app.scim.errors import Conflict
from app.web.admin.bodies import read
from app.web.admin.recording import note
from app.web.admin.routes import Answer, Operation
from app.web.current import services

KIND = "Domain"


class AdministratorSchema(Schema):
    """Somebody who administers a directory. Nothing of it is kept."""

    dn = fields.String(required=True, validate=validate.Length(min=1))
    password = fields.String(required=True, load_only=True)


class DoctorSchema(Schema):
    """How to look at a directory."""

    write_probe = fields.Boolean(load_default=False)
    administrator = fields.Nested(AdministratorSchema, load_default=None)


class PrepareSchema(Schema):
    """Who prepares a directory, and how far."""

    administrator = fields.Nested(AdministratorSchema, load_default=None)
    data_administrator = fields.Nested(AdministratorSchema, load_default=None)
    extend_schema = fields.Boolean(load_default=False)


class ApplySchema(PrepareSchema):
    """What was shown is to be done: ``digest`` says what that was."""

    digest = fields.String(required=True)


class AdoptSchema(Schema):
    """A client's users, and how they are found."""

    application = fields.String(required=True)
    match = fields.List(fields.String(), load_default=lambda: ["userName"], validate=validate.Length(min=1))
    external_id = fields.String(load_default="externalId")
    resource_type = fields.String(load_default="User")
    Resources = fields.List(fields.Dict(keys=fields.String()), required=True)
    apply = fields.Boolean(load_default=False)


class ProposalSchema(Schema):
    """What is known of a domain that is to be."""

    name = fields.String(required=True)
    servers = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    bind = fields.Dict(keys=fields.String(), required=True)
    tls = fields.Dict(keys=fields.String(), load_default=dict)
    base = fields.String(load_default="")
    product = fields.String(load_default="")
    maps = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


def test(domain: str) -> Answer:
    """Test the connection to a domain's directory, step by step."""
    trial = services().domain_proposals.test_domain(domain)
    return {"passed": trial.passed, "steps": [step.as_json() for step in trial.steps]}


def doctor(domain: str) -> Answer:
    """Look at a domain's directory, and say what keeps it from being provisioned."""
    asked = read(DoctorSchema)
    who = Administrators(_administrator(asked["administrator"]))
    found = services().preparations.examine(domain, who, tries_writing=asked["write_probe"], pace=STEADY)
    return [finding.as_json() for finding in found]


def prepare(domain: str) -> Answer:
    """Say what a domain's directory needs, as LDIF. Nothing is done."""
    asked = read(PrepareSchema)
    work = services().preparations.work(domain, _who(asked), extends_schema=asked["extend_schema"])
    return _shown(work)


def apply(domain: str) -> Answer:
    """Prepare a domain's directory as it was shown; the answer holds what takes it back."""
    asked = read(ApplySchema)
    work = services().preparations.work(domain, _who(asked), extends_schema=asked["extend_schema"])
    if work.digest != asked["digest"]:
        raise Conflict("What is to be done is no longer what was shown: have it shown again.")
    services().preparations.apply(domain, work, _who(asked))
    note("prepare", KIND, domain, detail=f"{len(work.tasks)} steps")
    return {"steps": len(work.tasks), "undo": work.render_undo()}


def adopt(domain: str) -> Answer:
    """Find a client's users among a domain's entries; with ``apply`` give the matches their externalId."""
    asked = read(AdoptSchema)
    services().applications.get(asked["application"])
    request = Request(
        asked["application"], tuple(asked["match"]), asked["external_id"], asked["resource_type"]
    )
    adoptions = services().adoptions
    adoption = adoptions.plan(domain, StringIO(json.dumps(asked["Resources"])), request)
    said = adoption.as_json()
    if asked["apply"] and adoption.namings:
        said["undo"] = adoptions.undoing(adoption)
        adoptions.apply(adoption, request)
        note("adopt", KIND, domain, detail=f"{len(adoption.namings)} externalIds")
    return said


def propose() -> Answer:
    """Test a connection, detect the product, and propose a domain with its maps. Nothing is put in force."""
    asked = read(ProposalSchema)
    proposal = services().domain_proposals.propose(Wanted(**asked))
    return {
        "steps": [step.as_json() for step in proposal.trial.steps],
        "detected": str(proposal.detected) if proposal.detected else None,
        "findings": [finding.as_json() for finding in proposal.findings],
        "documents": [document.content() for document in proposal.documents],
    }


_ONE = "/domains/<domain>"
OPERATIONS = (
    Operation(method="POST", path=f"{_ONE}/test", role=Role.OPERATOR, view=test),
    Operation(method="POST", path=f"{_ONE}/doctor", role=Role.OPERATOR, view=doctor, body=DoctorSchema),
    Operation(
        method="POST", path=f"{_ONE}/prepare", role=Role.ADMINISTRATOR, view=prepare, body=PrepareSchema
    ),
    Operation(
        method="POST", path=f"{_ONE}/prepare/apply", role=Role.ADMINISTRATOR, view=apply, body=ApplySchema
    ),
    Operation(method="POST", path=f"{_ONE}/adopt", role=Role.ADMINISTRATOR, view=adopt, body=AdoptSchema),
    Operation(
        method="POST",
        path="/domain-proposals",
        role=Role.ADMINISTRATOR,
        view=propose,
        body=ProposalSchema,
    ),
)


def _administrator(said: Mapping[str, Any] | None) -> Administrator | None:
    return None if said is None else Administrator(said["dn"], said["password"])


def _who(asked: Mapping[str, Any]) -> Administrators:
    return Administrators(_administrator(asked["administrator"]), _administrator(asked["data_administrator"]))


def _shown(work: Work) -> Mapping[str, Any]:
    return {
        "ldif": work.render(),
        "advice": list(work.advice),
        "steps": len(work.tasks),
        "final": [task.why for task in work.tasks if task.is_final],
        "digest": work.digest,
    }
