from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.credit_code import ALPHABET, check_character, problem
from geo.domain.words import said

# Published in public registers, and in the examples of other implementations.
PUBLISHED = ["91350100M000100Y43", "91110000600037341L", "914403001922038216", "9144030071526726XG"]

codes = st.builds(
    lambda first, kind, division, rest: first + kind + f"{division:06d}" + rest,
    st.sampled_from("123456789ANY"),
    st.sampled_from(ALPHABET),
    st.integers(0, 999_999),
    st.text(ALPHABET, min_size=9, max_size=9),
).map(lambda first17: first17 + check_character(first17))


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_sound(code: str) -> None:
    assert problem(code) is None
    assert check_character(code[:17]) == code[17]


@given(codes)
def test_what_is_given_its_check_character_is_sound(code: str) -> None:
    assert problem(code) is None


@given(codes, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(code: str, place: int, other: str) -> None:
    changed = code[:place] + other + code[place + 1 :]
    assert (problem(changed) is None) == (changed == code)


@given(codes, st.integers(0, 16))
def test_any_two_neighbours_swapped_are_noticed(code: str, place: int) -> None:
    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (problem(changed) is None) == (changed == code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "18 characters, this has 0"),
        ("91350100M000100Y4", "18 characters, this has 17"),
        ("91350100M000100Y43 ", "18 characters, this has 19"),
        ("9135O100M000100Y43", "not “O”"),
        ("91350100m000100y43", "not “m”"),
        ("９1350100M000100Y43", "not “９”"),
        ("B1350100M000100Y43", "“B”"),
        ("91350A00M000100Y43", "division code, not “350A00”"),
        ("91350100M000100Y44", "should be “3”"),
    ],
)
def test_a_wrong_code_is_told_why(code: str, reason: str) -> None:
    phrase = problem(code)
    assert phrase is not None
    assert reason in said(phrase, "en")
    assert said(phrase, "zh").isascii() is False


@pytest.mark.parametrize("first", ["N", "A", "Y"])
def test_registrars_with_letters_are_known(first: str) -> None:
    first17 = first + "2340104MA0000001"
    assert problem(first17 + check_character(first17)) is None


@pytest.mark.parametrize("text", ["", "91350100M000100Y43", "9135O100M000100Y4"])
def test_only_seventeen_characters_of_the_alphabet_have_a_check_character(text: str) -> None:
    with pytest.raises(ValueError, match="first 17 characters"):
        check_character(text)
