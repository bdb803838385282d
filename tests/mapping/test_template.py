"""Templates are filled from resources."""

import pytest

from app.mapping.template import InvalidTemplate, Template
from tests.scim.samples import ENTERPRISE, ROBOT, USER, robot, user


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("fixed", "fixed", id="no gap"),
        pytest.param("", "", id="empty"),
        pytest.param("{name.givenName} {name.familyName}!", "Jo Doe!", id="gaps"),
        pytest.param("{active}", "true", id="boolean"),
        pytest.param(f"{{{ENTERPRISE}:department}}", "IT", id="extension"),
        pytest.param("{userName}-{title}", None, id="no value"),
    ],
)
def test_fill(text: str, expected: str | None) -> None:
    """Gaps are filled with what stands at their paths, or the template cannot be filled."""
    resource = user(
        name={"givenName": "Jo", "familyName": "Doe"}, active=True, **{ENTERPRISE: {"department": "IT"}}
    )

    template = Template.parse(text, USER)

    assert template.fill(resource) == expected
    assert template.is_constant is ("{" not in text)


def test_number() -> None:
    """Numbers are written as they are."""
    assert Template.parse("{wheels}", ROBOT).fill(robot(wheels=3)) == "3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("{userName", "a '{' is left over", id="open"),
        pytest.param("userName}", "a '}' is left over", id="close"),
        pytest.param("{}", "is not an attribute path", id="nothing"),
        pytest.param("{nobody}", "has no attribute", id="unknown"),
        pytest.param("{emails}", "has no single value", id="several"),
        pytest.param("{name}", "has no single value", id="complex"),
        pytest.param("{password}", "is a secret", id="secret"),
    ],
)
def test_invalid(text: str, problem: str) -> None:
    """A template that cannot be filled for any resource is refused."""
    with pytest.raises(InvalidTemplate, match=problem):
        Template.parse(text, USER)
