"""The catalogue of words: complete in both languages, and every key that is used exists."""

import json
import re
import string
import tomllib
from pathlib import Path

import pytest
from map_views import counties, hefei_view

from geo.domain.site import Category, Coverage, Grade
from geo.domain.union import UnionKind
from geo.domain.words import LANGUAGES, distance, number, rate, word, words
from maps.assets import import_map
from maps.loading import load_page
from maps.map import map_parts

ROOT = Path(__file__).parent.parent
# A call of word()/t() with a literal key, or with one whose beginning is literal.
USE = re.compile(
    r"""(?<![\w.])(?:(?:word|t|problem|Phrase)\(|fault\(\w+,)\s*f?["'`]([a-z0-9_.]+)(["'`](?:\s*~)?|\$?\{)"""
)


def uses() -> list[tuple[str, str, bool]]:
    """Every (file, key or prefix, whether it is a whole key) in code, templates and scripts."""
    files = [
        path
        for folder in ("geo", "api", "maps")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".js"} and "node_modules" not in path.parts
    ]
    return [
        (path.name, match[1], match[2] in "\"'`")
        for path in files
        for match in USE.finditer(path.read_text(encoding="utf-8"))
    ]


def places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_every_key_has_both_languages_with_the_same_places() -> None:
    text = (ROOT / "geo/domain/words.toml").read_text(encoding="utf-8")
    for key, forms in tomllib.loads(text).items():
        assert set(forms) - {"one"} == set(LANGUAGES), key
        assert places(forms.get("one", "")) <= places(forms["en"]), key
        assert all(form.strip() for form in forms.values()), key
        assert places(forms["zh"]) == places(forms["en"]), key


def test_every_key_in_use_is_in_the_catalogue() -> None:
    known = words("en")
    found = uses()
    assert found
    for file, key, whole in found:
        if whole:
            assert key in known, f"{file} uses {key}"
        else:
            assert any(each.startswith(key) for each in known), f"{file} uses {key}..."


@pytest.mark.parametrize("entry", ["planner.js", "embed.js", "load.js"])
def test_scripts_are_given_every_word_that_they_speak(entry: str) -> None:
    if entry == "load.js":
        content = load_page(
            "en", "nonce", divisions=counties(), max_upload_mb=1, writable=True
        ).partition('id="antu-data"')[2]
        given = json.loads(content.partition(">")[2].partition("</script>")[0])["words"]
    else:
        given = map_parts(hefei_view(), "served").data["words"]
    for module in import_map("served", entry)["imports"]:
        text = (ROOT / "maps/static" / module.removeprefix("antu/")).read_text(encoding="utf-8")
        for match in USE.finditer(text):
            spoken = {key for key in words("en") if key.startswith(match[1])}
            assert (spoken if match[2] == "${" else {match[1]}) <= set(given), module
    assert len(given) < len(words("en")) / 2


def test_every_value_of_the_domain_has_a_word() -> None:
    for room, values in (
        ("category", Category),
        ("grade", Grade),
        ("coverage", Coverage),
        ("union", UnionKind),
    ):
        for value in values:
            assert f"{room}.{value}" in words("zh")


def test_words_are_filled_in_and_numbers_written() -> None:
    assert word("about.as_of", "zh", date="2026-11-20") == "数据截至 2026-11-20"
    assert word("number.of", "en", part=1204, whole=4013) == "1,204 of 4,013"
    assert word("number.of", "zh", part=None, whole=4013) == "不详 / 4,013"


def test_a_single_thing_is_not_many() -> None:
    assert word("sites.count", "en", n=1) == "1 site"
    assert word("sites.count", "en", n=2) == "2 sites"
    assert word("sites.count", "zh", n=1) == "1 个站点"
    plural = re.compile(r"^(?:[\w ]+: |Show )?\{n\} \w*(?:sites|workers|rows|areas)\b")
    always_many = {"import.union.many_sites"}
    for key, phrase in words("en").items():
        if plural.search(phrase) and key not in always_many:
            assert f"{key}=1" in words("en"), key


def test_an_unknown_key_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        word("no.such.key", "en")
    with pytest.raises(KeyError):
        word("number.of", "en", part=1)


def test_numbers_rates_and_distances() -> None:
    assert number(1234567, "zh") == "1,234,567"
    assert number(None, "en") == "unknown"
    assert number(0, "zh") == "0"
    assert rate(0.41349) == "41.3%"
    assert rate(None) == "–"
    assert distance(0.4, "en") == "0 m"
    assert distance(999.4, "en") == "999 m"
    assert distance(999.6, "zh") == "1 公里"
    assert distance(12_340, "en") == "12.3 km"
    assert distance(123_400, "zh") == "123 公里"
