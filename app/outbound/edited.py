"""What somebody writes into a dead letter: whether its action can carry that, and the secrets that nobody was shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.outbound.task import HIDDEN, Action
from app.scim.errors import InvalidValue

_CARRIED: Final[Mapping[Action, frozenset[str]]] = {
    "create": frozenset({"resource"}),
    "replace": frozenset({"resource"}),
    "patch": frozenset({"operations"}),
    "delete": frozenset(),
    "sync": frozenset({"operations", "password"}),
}
_NEEDED: Final[Mapping[Action, str]] = {"create": "resource", "replace": "resource", "patch": "operations"}
_KINDS: Final[Mapping[str, type]] = {"resource": dict, "operations": list, "password": str}


def carried(
    action: Action, payload: Mapping[str, Any], *, shown: Mapping[str, Any], whole: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a task carries from now on. ``shown`` is what it carried as people see it, ``whole`` all of it.

    Raises:
        InvalidValue: if an action does not carry that, or a secret is to be kept that is not there.
    """
    _check(action, payload)
    kept = {name: value for name, value in payload.items() if name != "password"}
    if "resource" in payload:
        kept["resource"] = _with_password(payload["resource"], whole.get("resource", {}))
    if "operations" in payload:
        secrets = _secrets(shown.get("operations", ()), whole.get("operations", ()))
        kept["operations"] = [_opened(each, secrets) for each in payload["operations"]]
    if "password" in payload:
        kept["password"] = _secret("password", payload["password"], whole)
    return kept


def _check(action: Action, payload: Mapping[str, Any]) -> None:
    foreign = payload.keys() - _CARRIED[action]
    if foreign:
        raise InvalidValue(f"{', '.join(sorted(foreign))}: a {action} does not carry that")
    needed = _NEEDED.get(action)
    if needed and not payload.get(needed):
        raise InvalidValue(f"{needed}: a {action} carries this, and it is missing or empty")
    for name, value in payload.items():
        if not isinstance(value, _KINDS[name]):
            raise InvalidValue(f"{name}: is not as a {action} carries it")


def _with_password(edited: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep the password of a resource that was written without one."""
    if "password" not in edited and "password" in before:
        return {**edited, "password": before["password"]}
    if edited.get("password") == HIDDEN:
        return {**edited, "password": _secret("password", HIDDEN, before)}
    return edited


def _secrets(shown: Any, whole: Any) -> dict[str, Any]:
    """Return the values of operations that are hidden, by their paths."""
    pairs = zip(shown, whole, strict=True)
    return {seen["path"].lower(): full["value"] for seen, full in pairs if seen.get("value") == HIDDEN}


def _opened(operation: Any, secrets: Mapping[str, Any]) -> Any:
    if not isinstance(operation, dict) or operation.get("value") != HIDDEN:
        return operation
    return {**operation, "value": _secret(str(operation.get("path", "")).lower(), HIDDEN, secrets)}


def _secret(name: str, value: Any, before: Mapping[str, Any]) -> Any:
    """Return a value, or the secret that was there before where it says that this is to be kept."""
    if value != HIDDEN:
        return value
    if name not in before:
        raise InvalidValue(f"{name}: there is no encrypted value to keep")
    return before[name]
