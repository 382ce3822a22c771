"""The page that loads files, in a browser: what a clerk does, and what cannot be done to them."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from browser import Opened, serving, violations
from commandline import CommandLine
from ingesting import csv_file, xlsx_file
from playwright.sync_api import Browser, Page, expect
from test_load_command import BOUNDARIES, gcj02_rows

from geo.settings import Settings

HEADING = ["企业名称", "所属区县", "职工人数", "经度", "纬度"]
# Where to keep pictures of the page for a person to look at.
PICTURES = os.environ.get("ANTU_PICTURES")


@pytest.fixture
def opened(
    chromium: Browser, settings: Settings, antu: CommandLine, tmp_path: Path
) -> Iterator[Opened]:
    """Opens pages of a server over a database that holds divisions only."""
    assert antu.run("load", "divisions", str(BOUNDARIES)).code == 0
    with serving(settings.model_copy(update={"home": tmp_path / "home"})) as address:
        pages = Opened(chromium, address)
        yield pages
        pages.close()
        assert pages.said == []


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def choose(page: Page, path: Path) -> None:
    page.set_input_files("#file", path)


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
def test_a_chinese_workbook_in_gcj02_goes_through_the_whole_page(
    opened: Opened, tmp_path: Path, lang: str, width: int
) -> None:
    rows = [*gcj02_rows(), ["坏行物流公司", "蜀山区", "很多", "117.2", "31.8"]]
    title = ["2026年物流企业汇总表"]
    book = xlsx_file(tmp_path / "物流企业.xlsx", [title, HEADING, *rows])
    page = opened("/load", lang=lang, width=width)
    assert violations(page) == []
    picture(page, f"load-{lang}-1-empty")
    choose(page, book)
    expect(page.locator("#failed")).to_be_visible()
    expect(page.locator("#failed")).to_contain_text(re.compile("category|类别"))
    picture(page, f"load-{lang}-2-category-is-asked")
    page.select_option("[name=category]", "logistics_hub")
    page.click("#apply")
    expect(page.locator("#counts")).to_contain_text("361")
    expect(page.locator("#warning")).to_contain_text("GCJ-02")
    expect(page.locator("#facts")).to_contain_text("2")
    expect(page.locator("#commit")).to_be_disabled()
    expect(page.locator("#problems li")).to_have_count(1)
    assert page.locator("#sample-map path.leaflet-interactive").count() >= 350
    assert violations(page) == []
    picture(page, f"load-{lang}-3-checked")
    page.click("#warning button")
    expect(page.locator("#warning")).to_be_hidden()
    expect(page.locator("#facts")).to_contain_text("GCJ-02")
    with page.expect_download() as download:
        page.click("#refused")
    refused = tmp_path / download.value.suggested_filename
    download.value.save_as(refused)
    sheet = openpyxl.load_workbook(refused).active
    assert sheet is not None
    assert [sheet.cell(2, 2).value, sheet.cell(2, 4).value] == ["坏行物流公司", "很多"]
    page.check("#accept-good")
    expect(page.locator("#commit")).to_be_enabled()
    page.fill("[name=save_as]", "物流")
    page.click("#apply")
    expect(page.locator("#commit")).to_be_enabled()
    page.click("#commit")
    expect(page.locator("#done")).to_contain_text("360")
    expect(page.locator("#batches tbody tr")).to_have_count(2)
    assert violations(page) == []
    picture(page, f"load-{lang}-4-loaded")
    shown = page.request.get(f"{opened.address}/api/sites?limit=1000").json()["features"]
    assert len(shown) == 360
    inside = {site["properties"]["adcode"] for site in shown}
    assert len(inside) == 9
    page.click("#batches tbody tr:first-child .undo button")
    page.click("#batches tbody tr:first-child .undo button:first-child")
    expect(page.locator("#batches tbody tr:first-child .undo")).to_have_count(0)
    assert page.request.get(f"{opened.address}/api/sites").json()["features"] == []
    picture(page, f"load-{lang}-5-undone")


def test_the_mapping_is_corrected_by_keyboard_and_kept_over_a_reload(
    opened: Opened, tmp_path: Path
) -> None:
    table = csv_file(tmp_path / "odd.csv", [["甲乙", "丙丁"], ["一厂", "5"], ["二厂", "6"]])
    page = opened("/load", lang="en")
    choose(page, table)
    expect(page.locator("#failed")).to_contain_text("no column is known to hold")
    page.get_by_label("Column of the file: Name", exact=True).select_option("甲乙")
    page.get_by_label("Column of the file: Workers", exact=True).select_option("丙丁")
    page.select_option("[name=category]", "other")
    page.focus("[name=encoding]")
    page.keyboard.press("Enter")
    expect(page.locator("#counts")).to_contain_text("Added")
    expect(page.locator("#rows")).to_contain_text("一厂")
    page.reload()
    expect(page.locator("#rows")).to_contain_text("二厂")
    expect(page.locator("[data-field=name]")).to_have_value("甲乙")


def test_columns_that_are_left_out_are_told_of_before_and_after_loading(
    opened: Opened, tmp_path: Path
) -> None:
    page = opened("/load", lang="zh")
    rows = [["企业名称", "类别", "头数"], ["一厂", "物流", "5"]]
    choose(page, csv_file(tmp_path / "in.csv", rows))
    expect(page.locator("#unmapped")).to_have_text("未采用的列：头数")
    page.click("#commit")
    expect(page.locator("#done")).to_contain_text("未采用的列：头数")


def drop(page: Page, *files: Path) -> None:
    """Let go of files over the page, as from a file manager."""
    contents = [
        {"name": path.name, "data": base64.b64encode(path.read_bytes()).decode()} for path in files
    ]
    page.evaluate(
        """async (files) => {
            const transfer = new DataTransfer();
            for (const {name, data} of files) {
                const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
                transfer.items.add(new File([bytes], name));
            }
            const target = document.getElementById("drop");
            for (const type of ["dragover", "drop"]) {
                const options = {bubbles: true, cancelable: true, dataTransfer: transfer};
                target.dispatchEvent(new DragEvent(type, options));
            }
        }""",
        contents,
    )


def test_a_workbook_of_several_sheets_is_dropped_and_one_is_chosen(
    opened: Opened, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for title in ("瑶海区", "蜀山区"):
        sheet = book.create_sheet(title)
        sheet.append(["企业名称", "坐标X", "坐标Y"])
        sheet.append([f"{title}物流", 13_054_000, 3_739_000])
    book.save(tmp_path / "in.xlsx")
    page = opened("/load", lang="zh")
    drop(page, tmp_path / "in.xlsx", tmp_path / "in.xlsx")
    expect(page.locator("#failed")).to_contain_text("一次导入一个文件")
    page.click("#another")
    drop(page, tmp_path / "in.xlsx")
    expect(page.locator("#failed")).to_contain_text("2 个工作表")
    expect(page.get_by_label("工作表或图层")).to_be_focused()
    expect(page.locator("#failed button")).to_have_count(0)
    assert violations(page) == []
    picture(page, "load-zh-6-sheets")
    page.get_by_label("工作表或图层").select_option("蜀山区")
    page.click("#apply")
    expect(page.locator("#failed")).to_contain_text("类别")
    expect(page.locator("[name=category]")).to_have_attribute("aria-invalid", "true")
    page.select_option("[name=category]", "logistics_hub")
    page.select_option("[name=crs]", "epsg")
    page.get_by_label("EPSG 代码", exact=True).fill("3857")
    page.click("#apply")
    expect(page.locator("#facts")).to_contain_text("EPSG:3857")
    expect(page.locator("#rows")).to_contain_text("蜀山区物流")
    expect(page.locator("#mapping .example").nth(1)).to_have_text("蜀山区物流")
    page.get_by_label("工作表或图层").select_option("瑶海区")
    page.click("#apply")
    expect(page.locator("#rows")).to_contain_text("瑶海区物流")


def test_an_upload_that_is_cut_off_is_sent_again_and_a_lost_server_found_again(
    opened: Opened, tmp_path: Path
) -> None:
    table = csv_file(tmp_path / "in.csv", [["企业名称", "类别"], ["甲", "物流"]])
    page = opened("/load", lang="zh")
    page.route("**/api/imports", lambda route: route.abort("connectionreset"))
    choose(page, table)
    expect(page.locator("#failed")).to_contain_text("上传中断")
    page.unroute("**/api/imports")
    page.route("**/api/imports/*", lambda route: route.abort("connectionrefused"))
    page.click("#failed button")
    expect(page.locator("#progress-said")).to_contain_text("正在重试")
    page.unroute("**/api/imports/*")
    expect(page.locator("#commit")).to_be_visible()
    opened.said.clear()


def test_a_second_tab_sees_what_the_first_has_done(opened: Opened, tmp_path: Path) -> None:
    table = csv_file(tmp_path / "in.csv", [["企业名称", "类别"], ["甲", "物流"]])
    first = opened("/load", lang="zh")
    choose(first, table)
    expect(first.locator("#commit")).to_be_visible()
    second = opened(first.url.removeprefix(opened.address), lang="zh")
    expect(second.locator("#commit")).to_be_visible()
    first.click("#commit")
    expect(first.locator("#done")).to_contain_text("新增 1")
    second.click("#commit")
    expect(second.locator("#done")).to_contain_text("新增 1")
    expect(second.locator("#said")).to_contain_text("已写入，批次")
    expect(second.locator("#batches tbody tr")).to_have_count(2)
    assert [said for said in opened.said if "409" not in said] == []
    opened.said.clear()


def test_names_from_a_file_are_text_and_never_markup(opened: Opened, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>${alert(2)}"
    rows = [[f"id{name}", "name", "lon", "lat", "workers"], ["1", name, 117.2, 31.8, name]]
    table = csv_file(tmp_path / f"{'a' * 20}.csv", rows)
    page = opened("/load", lang="en")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    choose(page, table)
    page.select_option("[name=category]", "other")
    page.click("#apply")
    expect(page.locator("#problems")).to_contain_text("onerror")
    page.check("#accept-good")
    expect(page.locator("#commit")).to_be_disabled()
    expect(page.locator("#blocked")).to_contain_text("nothing to write")
    page.select_option("[data-field=workers]", "")
    page.click("#apply")
    expect(page.locator("#rows")).to_contain_text("onerror")
    page.hover("#sample-map path.leaflet-interactive")
    expect(page.locator(".leaflet-tooltip")).to_contain_text("onerror")
    assert page.locator("main img").count() == 0
    assert dialogs == []


def test_what_fails_is_said_and_another_file_can_be_chosen(opened: Opened, tmp_path: Path) -> None:
    bad = tmp_path / "photo.csv"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    page = opened("/load", lang="en")
    choose(page, bad)
    expect(page.locator("#failed")).to_contain_text("no known format")
    assert violations(page) == []
    page.click("#another")
    expect(page.locator("#drop")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#" + "x" * 22)
    page.reload()
    expect(page.locator("#failed")).to_contain_text("choose it again")
    assert [said for said in opened.said if "404" not in said] == []
    opened.said.clear()


def test_who_may_not_write_is_told_so(
    chromium: Browser, settings: Settings, tmp_path: Path
) -> None:
    update = {"home": tmp_path / "home", "allow_writes": "none"}
    with serving(settings.model_copy(update=update)) as address:
        pages = Opened(chromium, address)
        page = pages("/load", lang="zh")
        expect(page.locator("#forbidden")).to_contain_text("ANTU_ALLOW_WRITES")
        assert page.locator("#file").count() == 0
        assert re.search("还没有导入过数据", page.locator("#batches").inner_text())
        assert violations(page) == []
        pages.close()
