"""What clients really send is answered as they expect, without a setting."""

from pathlib import Path

import pytest

from tests.conversations.conversation import Step, is_in, read
from tests.web.scim import bridge as scim
from tests.web.scim.bridge import Bridge

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
BY_ADDRESS = ("entra-aadoptscim062020", "entra-default", "google-workspace", "jumpcloud", "okta", "onelogin")


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_the_client_is_understood(bridge: Bridge, file: Path) -> None:
    """Each step has the status and says what the client relies on."""
    _talk(bridge, file)


@pytest.mark.container
@pytest.mark.directory
@pytest.mark.parametrize("client", BY_ADDRESS)
def test_principal_names(principal_bridge: Bridge, client: str) -> None:
    """Clients that call people by addresses are understood by the shipped map for these on Active Directory."""
    _talk(principal_bridge, Path(__file__).with_name(f"{client}.yaml"))


def _talk(bridge: Bridge, file: Path) -> None:
    conversation = read(file)
    kept: dict[str, str] = {}

    product = bridge.services.configurations.current().domains["PRIMARY"].dialect.name
    for step in conversation.steps:
        kept |= _take(bridge, step.on(product).filled(kept), conversation.headers)


def _take(bridge: Bridge, step: Step, headers: object) -> dict[str, str]:
    assert isinstance(headers, dict)
    answer = bridge.send(step.method, step.path, step.body, headers=headers)
    told = f"{step.says}\n{step.method} {step.path}\n{step.body}\n{answer.status} {answer.text}"
    assert answer.status_code == step.status, told
    if answer.status_code >= 400:
        scim.problem(answer)
    document = answer.json if answer.data else {}
    assert isinstance(document, dict)
    assert step.has is None or is_in(step.has, document), told
    assert [name for name in step.lacks if name in document] == [], told
    return {name: document[place] for name, place in step.keep.items()}
