"""Where a page of a list ended, as a text that a client hands back as it is."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from geo.errors import Invalid, Problem


def cursor(place: Any) -> str:
    """A JSON value as one word."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(text: str) -> Any:
    """The value of a cursor; raises Invalid for a text that is none."""
    try:
        padded = text + "=" * (-len(text) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, ValueError) as error:
        reason = "after is not a place in this list; take it from the link to the next page"
        raise Invalid(reason, [Problem(reason, field="after")]) from error
