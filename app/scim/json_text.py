"""JSON text from the outside: read it, or refuse it with what is wrong and where."""

from __future__ import annotations

import json
from typing import NoReturn

from app.scim.errors import InvalidSyntax
from app.scim.schema import Value


def parse_json(text: bytes | str) -> Value:
    """Read JSON. Raises InvalidSyntax, whatever the text is."""
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value: Value = json.loads(decoded, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"the text is not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise InvalidSyntax("the JSON is nested too deeply") from error
    except ValueError as error:
        raise InvalidSyntax("the JSON has a number with too many digits") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    # RFC 8259 §6: NaN and the infinities are no JSON, though Python reads them.
    raise InvalidSyntax(f"not JSON: {name} is not a number")
