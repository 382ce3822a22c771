"""Where a page of a list ended, as a text that a client hands back as it is."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from geo.domain.faults import fault
from geo.errors import Invalid

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def cursor(place: Any) -> str:
    """A JSON value as one word."""
    text = _JSON.encode(place)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(text: str) -> Any:
    """The value of a cursor; raises Invalid for a text that is none."""
    try:
        padded = text + "=" * (-len(text) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        # JSON can hold half a character, which no text of a database can.
        json.dumps(place, ensure_ascii=False).encode()
    except (binascii.Error, UnicodeError, ValueError, RecursionError) as error:
        raise not_a_place() from error
    return place


def not_a_place() -> Invalid:
    """What a text is answered with that is no cursor of a list."""
    return fault(Invalid, "error.after", field="after")
