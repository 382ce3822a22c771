"""Unified social credit codes (GB 32100-2015), the ids of Chinese organisations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.errors import Phrase

LENGTH = 18
# Digits and capitals, without I, O, S, V and Z, which are easily misread.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
# Who registers organisations: 1 staffing, 2 foreign affairs, 3 justice, 4 culture, 5 civil affairs,
# 6 tourism, 7 religion, 8 trade unions, 9 industry and commerce, A military, N agriculture,
# Y others.
_REGISTRARS = frozenset("123456789ANY")


def check_character(first17: str) -> str:
    """The last character of a code, from the 17 before it (GB 32100-2015).

    Raises ValueError unless these are 17 characters of the alphabet.
    """
    if len(first17) != LENGTH - 1 or not _VALUE.keys() >= set(first17):
        raise ValueError(f"{first17!r} is not the first 17 characters of a credit code")
    total = sum(weight * _VALUE[char] for weight, char in zip(_WEIGHTS, first17, strict=True))
    return ALPHABET[-total % 31]


def problem(code: str) -> Phrase | None:
    """Why a text is not a unified social credit code; None if it is one.

    Whether the code was ever issued only the registrar knows.
    """
    if len(code) != LENGTH:
        return Phrase("credit_code.length", {"n": len(code)})
    strange = sorted(set(code) - _VALUE.keys())
    if strange:
        return Phrase("credit_code.character", {"character": strange[0]})
    if code[0] not in _REGISTRARS:
        return Phrase("credit_code.registrar", {"character": code[0]})
    if not code[2:8].isdecimal():
        return Phrase("credit_code.division", {"value": code[2:8]})
    expected = check_character(code[:-1])
    if code[-1] != expected:
        return Phrase("credit_code.check", {"expected": expected})
    return None


def are_valid(characters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which codes have no `problem`, for many at once: ASCII characters, shape (n, LENGTH)."""
    values = _VALUE_OF_BYTE[characters]
    in_alphabet = (values >= 0).all(axis=1)
    registered = _IS_REGISTRAR[characters[:, 0]]
    division = (values[:, 2:8] <= 9).all(axis=1)
    expected = -(values[:, :-1] @ np.array(_WEIGHTS, dtype=np.int64)) % 31
    valid: NDArray[np.bool_] = in_alphabet & registered & division & (values[:, -1] == expected)
    return valid


_VALUE_OF_BYTE = np.array([_VALUE.get(chr(byte), -1) for byte in range(256)], dtype=np.int64)
_IS_REGISTRAR = np.array([chr(byte) in _REGISTRARS for byte in range(256)], dtype=np.bool_)
