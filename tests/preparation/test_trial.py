"""Testing a connection tells how far it goes, and why no further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.directory.clients import open_directory
from app.directory.connection import ConnectionSettings, ServerAddress, Tls
from app.directory.dn import Dn
from app.preparation.trial import Trial, try_connection
from app.testing import tls
from app.testing.samba import SambaAdContainer
from app.testing.slapd import Slapd
from tests.preparation.broken import OTHER_NAMES
from tests.preparation.conftest import settings_of

BASE = Dn.parse("dc=example,dc=org")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run a slapd."""
    with Slapd(tmp_path_factory.mktemp("slapd"), durable=False) as slapd:
        yield slapd


def trial_of(settings: ConnectionSettings, base: Dn | None = BASE) -> Trial:
    """Try a connection."""
    return try_connection(settings, base, connect=open_directory, now=datetime.now(UTC))


def outcomes(trial: Trial) -> dict[str, str]:
    """Return what came of each step, by the step's first word."""
    return {step.name.split()[0]: step.outcome for step in trial.steps}


PASSED = dict.fromkeys(("resolve", "connect", "TLS", "bind", "who", "product", "base", "schema"), "passed")


def broken_at(step: str, outcome: str = "failed") -> dict[str, str]:
    """Return what came of the steps where one did not pass, and the others could not be tried."""
    names = list(PASSED)
    index = names.index(step)
    after = {} if step in {"resolve", "connect"} else dict.fromkeys(names[index + 1 :], "skipped")
    if step in {"resolve", "connect"}:
        after = dict.fromkeys(names[3:], "skipped")
    return {**dict.fromkeys(names[:index], "passed"), step: outcome, **after}


@pytest.mark.directory
def test_passed(server: Slapd) -> None:
    """Each step says what it found."""
    trial = trial_of(settings_of(server))

    told = {step.name: step.told for step in trial.steps}
    assert (outcomes(trial), trial.passed) == (PASSED, True)
    assert told["who am I"] == f"dn:{server.bind_dn}"
    assert told["product"] == "OpenLDAP."
    assert told["base"] == "dc=example,dc=org can be read."


@pytest.mark.directory
@pytest.mark.parametrize(
    ("change", "expected", "told"),
    [
        pytest.param(
            {"servers": (ServerAddress.parse("ldaps://nowhere.invalid"),)},
            broken_at("resolve"),
            "",
            id="name",
        ),
        pytest.param(
            {"servers": (ServerAddress.parse("ldaps://127.0.0.1:9"),)},
            broken_at("connect"),
            "refused",
            id="port",
        ),
        pytest.param({"tls": Tls()}, broken_at("TLS"), "tls.ca_file", id="authority"),
        pytest.param({"bind_password": "wrong"}, broken_at("bind"), "(49)", id="password"),
        pytest.param(
            {"tls": Tls(verify=False)}, {**PASSED, "TLS": "warning"}, "not checked", id="unverified"
        ),
    ],
)
def test_failed(server: Slapd, change: dict[str, object], expected: dict[str, str], told: str) -> None:
    """What is behind a failure is not tried, and the failure says why."""
    trial = trial_of(replace(settings_of(server), **change))  # type: ignore[arg-type]  # any setting

    assert outcomes(trial) == expected
    assert told in next(step.told for step in trial.steps if step.outcome != "passed")
    assert trial.passed is ("failed" not in expected.values())


@pytest.mark.directory
def test_wrong_name(tmp_path: Path) -> None:
    """A certificate of another name is not accepted."""
    with Slapd(tmp_path / "slapd", durable=False) as slapd:
        slapd.stop()
        tls.issue(slapd.directory / "tls", names=OTHER_NAMES)
        slapd.start()
        trial = trial_of(settings_of(slapd))

    assert outcomes(trial) == broken_at("TLS")


@pytest.mark.directory
def test_base(server: Slapd) -> None:
    """A base that is not there is told, and which there are; without one, only these."""
    wrong = trial_of(settings_of(server), Dn.parse("dc=example,dc=net"))
    none = trial_of(settings_of(server), None)

    assert next(step for step in wrong.steps if step.name == "base").told == (
        "There is no dc=example,dc=net, or the account does not see it. The directory has dc=example,dc=org."
    )
    assert (wrong.passed, none.passed) == (False, True)
    assert (
        next(step for step in none.steps if step.name == "base").told
        == "The directory has dc=example,dc=org."
    )


@pytest.mark.directory
def test_two_servers(server: Slapd) -> None:
    """One that answers is enough to go on; the other one is told all the same."""
    both = (ServerAddress.parse("ldaps://127.0.0.1:9"), *settings_of(server).servers)

    trial = trial_of(replace(settings_of(server), servers=both))

    assert [step.outcome for step in trial.steps][:2] == ["passed", "failed"]
    assert not trial.passed
    assert trial.root is not None


@pytest.mark.directory
def test_unencrypted_on_this_machine(server: Slapd) -> None:
    """Nobody listens there, so TLS is not needed."""
    trial = trial_of(replace(settings_of(server), servers=(ServerAddress.parse(server.uri),)))

    assert (trial.passed, outcomes(trial)["TLS"]) == (True, "skipped")


@pytest.mark.container
def test_active_directory(samba_ad: SambaAdContainer) -> None:
    """Samba is known for what it is; that it does not say who we are fails nothing."""
    trial = trial_of(settings_of(samba_ad), Dn.parse(samba_ad.base_dn))

    told = {step.name: step.told for step in trial.steps}
    assert trial.passed
    assert told["product"].startswith("Samba Active Directory")
    assert told["who am I"].startswith("The server does not tell")
    assert trial.root is not None
    assert trial.root.contexts[0] == Dn.parse(samba_ad.domain_dn)
