"""Names, addresses and codes of the demo: plausible to read, and nobody's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.demo.places import vocabulary
from geo.domain import credit_code

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def site_names(rng: np.random.Generator, frame: pd.DataFrame) -> list[str]:
    """A name for each row, from its category, place and county."""
    templates = vocabulary()["site"]
    brands = _compounds(rng, vocabulary()["brand"], len(frame))
    return [
        str(rng.choice(templates[category])).format(brand=brand, place=place, county=county[:-1])
        for category, place, county, brand in zip(
            frame["category"], frame["place"], frame["county"], brands, strict=True
        )
    ]


def addresses(rng: np.random.Generator, frame: pd.DataFrame) -> list[str]:
    """An address for each row: county and street as they are, road and number made up."""
    words, n = vocabulary(), len(frame)
    roads = _compounds(rng, words["road"], n)
    kinds = rng.choice(words["road_kind"], size=n)
    numbers = rng.integers(1, 400, size=n)
    return [
        f"{words['city']}{county}{street}{road}{kind}{number}{words['number']}"
        for county, street, road, kind, number in zip(
            frame["county"], frame["street"], roads, kinds, numbers, strict=True
        )
    ]


def _compounds(rng: np.random.Generator, parts: list[str], n: int) -> list[str]:
    """`n` words of one random character from each of the parts."""
    return ["".join(word) for word in zip(*(rng.choice(list(p), n) for p in parts), strict=True)]


def credit_codes(rng: np.random.Generator, prefixes: list[str]) -> list[str]:
    """Different credit codes with a right check character, one for each prefix (8 characters).

    None was ever issued: the check digit of the organisation code inside (GB 11714) is wrong on
    purpose, which the check character of the whole does not see.
    """
    letters = np.array(list(credit_code.ALPHABET))
    numbers = rng.choice(len(letters) ** 6, size=len(prefixes), replace=False)
    places = len(letters) ** np.arange(6)
    digits: NDArray[np.str_] = letters[numbers[:, None] // places % len(letters)]
    codes = []
    for prefix, serial in zip(prefixes, digits, strict=True):
        organisation = "MA" + "".join(serial)
        first17 = prefix + organisation + _wrong_digit(organisation)
        codes.append(first17 + credit_code.check_character(first17))
    return codes


def _wrong_digit(organisation: str) -> str:
    total = sum(
        weight * int(character, 36)
        for weight, character in zip(_ORGANISATION_WEIGHTS, organisation, strict=True)
    )
    right = -total % 11  # 10 is written X
    return str((right + 1) % 10)
