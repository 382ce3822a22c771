"""Delimited files and workbooks, as they come from the districts."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlwt
from ingesting import POINT, SHEET, csv_file, load, refused, sheet_of, workbook_with, xlsx_file

from geo.errors import Invalid
from geo.ingest.read import open_source
from geo.ingest.refused import write_refused
from geo.ingest.sniff import Format

HEADING = ["企业名称", "职工人数", "经度", "纬度", "详细地址"]
ROWS = [
    ["合肥甲物流有限公司", "120", "117.28", "31.86", "长江西路1号"],
    ["合肥乙家政有限公司", "", "117.3", "31.9", "徽州大道2号"],
]


WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", *WIDE])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_text_in_any_encoding_with_any_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = csv_file(tmp_path / "in", [HEADING, *ROWS], encoding, delimiter)
    loaded = load(path)
    assert loaded.source.format is Format.CSV
    assert loaded.column("name") == ["合肥甲物流有限公司", "合肥乙家政有限公司"]
    assert loaded.column("workers") == [120, None]
    assert loaded.column("address") == ["长江西路1号", "徽州大道2号"]
    assert [(p.x, p.y) for p in loaded.frame.geometry] == [(117.28, 31.86), (117.3, 31.9)]
    assert loaded.column("row") == [2, 3]


def test_the_encoding_is_looked_for_in_the_whole_file(tmp_path: Path) -> None:
    """ASCII for megabytes, one Chinese name at the end."""
    path = tmp_path / "in.csv"
    text = "name,address\n" + f"a,{'x' * 96}\n" * 100_000
    path.write_bytes(text.encode() + "合肥丙公司,路\n".encode("gb18030"))
    loaded = load(path)
    assert loaded.source.encoding == "gb18030"
    assert loaded.column("name")[-1] == "合肥丙公司"


@pytest.mark.parametrize("encoding", ["cp1252", "big5"])
def test_other_encodings_are_guessed_or_given(tmp_path: Path, encoding: str) -> None:
    names = {
        "cp1252": ["Société Générale", "Müller Spedition", "Peña y Cía", "Señor Café"],
        "big5": ["臺灣物流股份有限公司", "國際運輸企業", "華聯貨運", "營造工程"],
    }[encoding]
    path = csv_file(tmp_path / "in.csv", [["name"], *([name] for name in names * 5)], encoding)
    assert load(path).column("name")[:4] == names
    assert load(path, encoding=encoding).column("name")[:4] == names


@pytest.mark.parametrize("encoding", ["utf-99", "undefined", "a\0b", "企业", "base64"])
def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path / "in.csv", [HEADING, *ROWS])
    POINT.to_file(tmp_path / "in.shp")
    for each in (path, tmp_path / "in.shp"):
        with pytest.raises(Invalid, match="is not an encoding"):
            open_source(each, encoding=encoding)


def test_a_wrong_encoding_is_said_not_guessed_over(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [HEADING, *ROWS], "gb18030")
    with pytest.raises(Invalid, match="is not utf-8 throughout"):
        load(path, encoding="utf-8")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end(tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(line_end.join(["name,workers", "a,1", "b,2", ""]).encode())
    loaded = load(path)
    assert loaded.column("name") == ["a", "b"]
    assert loaded.column("row") == [2, 3]


def test_quoted_newlines_delimiters_and_quotes(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "in.csv",
        [["name", "address"], ['a "b", c', "first line\nsecond line\r\nthird"], ["d", "e"]],
    )
    loaded = load(path)
    assert loaded.column("name") == ['a "b", c', "d"]
    assert loaded.column("address")[0] == "first line second line third"
    assert loaded.column("row") == [2, 3]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    """Blank rows are passed over, but counted; so are rows that have too many cells."""
    path = tmp_path / "in.csv"
    path.write_text('title\n\nname,workers\na,1\n\n,\n"b\nb",2\nc,3,4\nd,4\ne\nf,x\n')
    loaded = load(path)
    assert loaded.source.heading_row == 3
    assert list(zip(loaded.column("row"), loaded.column("name"), strict=True)) == [
        (4, "a"),
        (7, "b b"),
        (9, "d"),
    ]
    assert loaded.refused == {
        8: "the row has 3 cells, the heading has 2;"
        " put a cell that contains the delimiter in double quotes",
        10: "the row has 1 cells, the heading has 2;"
        " put a cell that contains the delimiter in double quotes",
        11: "“x” is not a headcount; give a whole number, or leave it empty if unknown",
    }
    assert loaded.read == 6


def test_ragged_rows_keep_the_numbers_right_over_many_batches(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rng = np.random.default_rng(5)
    ragged = set(rng.choice(np.arange(2, 200_002), 500, replace=False).tolist())
    lines = [
        f"n{row},{row % 7},{'y' * 60}" + (",surplus" if row in ragged else "")
        for row in range(2, 200_002)
    ]
    path.write_text("name,workers,address\n" + "\n".join(lines) + "\n")
    loaded = load(path)
    assert set(loaded.refused) == ragged
    assert [f"n{row}" for row in loaded.frame["row"]] == loaded.frame["name"].tolist()


def test_an_unclosed_quote_refuses_the_row_that_swallows_others(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,workers,address\na,1,b\nc,2,"d\n' + "e,3,f\n" * 10 + 'g,4,"h"\ni,5,j\n')
    loaded = load(path)
    assert "a" in loaded.column("name")
    assert "c" not in loaded.column("name")
    assert "opened and never closed" in loaded.refused[3]


@pytest.mark.parametrize("mark", ["utf-16-be", "utf-32-be"])
def test_a_byte_order_mark_says_the_order(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("\ufeff企业名称,职工人数\n甲,5\n".encode(mark))
    loaded = load(path)
    assert (loaded.column("name"), loaded.column("workers")) == (["甲"], [5])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("row", ['乙,"d\n丙,e', '"乙,d\n丙,e', '乙,"d""\n丙'])
def test_an_unclosed_quote_before_the_last_row(
    tmp_path: Path, row: str, end: str, encoding: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"name,address\n甲,b\n{row}{end}".encode(encoding))
    loaded = load(path)
    assert loaded.column("name") == ["甲"]
    assert "opened and never closed" in loaded.refused[3]


def test_the_last_cell_may_have_lines(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,address\na,"1 High St\nTown, County"')
    assert load(path).column("address") == ["1 High St Town, County"]


def test_a_quote_that_swallows_a_whole_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,address\na,b\nc,"d\n' + "e,f\n" * 8_000_000)
    with pytest.raises(Invalid, match="quotation mark"):
        load(path)


def test_lines_in_a_quoted_cell_are_no_swallowed_rows(tmp_path: Path) -> None:
    rows = [["name", "address", "workers"], ["a", "Building 5, Floor 2\nHigh St\nTown, County", 5]]
    assert load(csv_file(tmp_path / "in.csv", rows)).column("workers") == [5]


def test_batches_are_bounded(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name"], *([f"s{n}"] for n in range(1000))])
    sizes = [batch.rows.num_rows for batch in open_source(path).batches(300)]
    assert max(sizes) <= 300
    assert sum(sizes) == 1000


def test_a_very_long_row_fits(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", "remark"], ["a", "x" * 20_000_000], ["b", ""]])
    assert load(path).column("name") == ["a", "b"]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text)
    with pytest.raises(Invalid, match="is empty"):
        open_source(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_heading_without_rows_is_no_error(tmp_path: Path, end: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes((",".join(HEADING) + end).encode())
    loaded = load(path)
    assert loaded.read == 0
    assert list(loaded.frame.columns) == [
        "row", "name", "address", "workers", "category", "id", "geometry",
    ]  # fmt: skip


def test_headings_without_a_name_or_twice_get_one(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", "", "x", "x"], ["a", "b", "c", "d"]])
    assert open_source(path).columns == ("name", "#2", "x", "x (2)")


def test_a_workbook(tmp_path: Path) -> None:
    rows = [
        ["企业名称", "统一社会信用代码", "职工人数", "成立日期", "开工日期", "经度", "纬度"],
        ["甲", None, 120, datetime.date(2020, 1, 5), None, 117.28, 31.86],
        [None, None, None, None, None, None, None],
        ["乙", None, 0, 43835, None, 117.3, 31.9],
        ["丙", None, None, "2020年1月5日", None, None, None],
    ]
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows))
    assert loaded.source.format is Format.XLSX
    assert loaded.column("row") == [2, 4, 5]
    assert loaded.column("workers") == [120, 0, None]
    assert loaded.column("started_on") == [datetime.date(2020, 1, 5)] * 3


def test_a_formula_without_a_result_is_not_an_empty_cell(tmp_path: Path) -> None:
    """Programs write them so, and lose the results of others when they save a workbook again."""
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    book.create_sheet("other").append(["企业名称", "=1&1"])
    sheet = book.create_sheet("企业 & 人数")
    sheet.append(["企业名称", "职工人数", "会员人数", "备注"])
    sheet.append(["甲", "=10+20", 3, "=1"])
    sheet.append(["乙", 20, '=IF(B3>"1",2,3)'])
    sheet.append(["丙", 20, 5])
    book.save(path)
    loaded = load(path, layer="企业 & 人数")
    reason = (
        "a formula in this row has no result;"
        " open the file in a spreadsheet program, save it there, and load it again"
    )
    assert loaded.refused == {2: reason, 3: reason}
    assert loaded.read == 3
    assert loaded.column("name") == ["丙"]
    out = tmp_path / "refused.xlsx"
    assert write_refused(loaded.source, loaded.problems, out) == 2
    rows = list(openpyxl.load_workbook(out)["antu"].values)
    assert rows[1:] == [
        (reason, "甲", "=10+20", "3", "=1"),
        (reason, "乙", "20", '=IF(B3>"1",2,3)', None),
    ]


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ('<c r="B2"><f>A1+1</f></c>', True),
        ('<c r="B2"><f>A1+1</f><v/></c>', True),
        ('<c s="4" r="B2"><f t="shared" si="0"/><v></v></c>', True),
        ('<c r="B2"><f>A1+1</f><v>7</v></c>', False),
        ('<c r="B2" t="str"><f>IF(1,"")</f><v></v></c>', False),
        ('<c r="B2"><v></v></c>', False),
    ],
)
def test_formulas_with_a_result_are_their_result(tmp_path: Path, cell: str, refused: bool) -> None:
    text = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    heading = text.format("A1", "name") + text.format("B1", "workers")
    rows = f'<row r="1">{heading}</row><row r="2">{text.format("A2", "a")}{cell}</row>'
    loaded = load(workbook_with(tmp_path / "in.xlsx", {SHEET: sheet_of(rows)}))
    assert bool(loaded.refused) is refused


def test_a_total_row_is_no_site(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [["name", "workers"], ["a", 1], ["合计", 1], ["总计", 1]])
    assert load(path).refused == dict.fromkeys(
        (3, 4), "this row adds up others and is no site; delete it"
    )


def test_the_table_may_begin_anywhere_on_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, values in enumerate([["名称", "职工人数"], ["甲", 3]], start=5):
        for column, value in enumerate(values, start=4):
            sheet.cell(row, column, value)
    book.save(path)
    loaded = load(path)
    assert loaded.source.heading_row == 5
    assert loaded.column("row") == [6]
    assert loaded.column("workers") == [3]


def test_one_of_several_sheets(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    for name in ("蜀山区", "包河区"):
        sheet = book.create_sheet(name)
        sheet.append(["名称"])
        sheet.append([f"{name}的甲"])
    hidden = book.create_sheet("字典")
    hidden.append(["代码"])
    hidden.append(["1"])
    hidden.sheet_state = "hidden"
    book.save(path)
    assert load(path, layer="包河区").column("name") == ["包河区的甲"]
    assert load(path, layer="字典", overrides={"name": "代码"}).column("name") == ["1"]
    with pytest.raises(Invalid, match="2 sheets with data; say which: 蜀山区, 包河区"):
        open_source(path)
    with pytest.raises(Invalid, match="has no sheet “庐阳区”; there are"):
        open_source(path, layer="庐阳区")


def test_empty_and_hidden_sheets_are_not_asked_about(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "in.xlsx", [["名称"], ["甲"]])
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sheet2")
    hidden = book.create_sheet("字典")
    for value in ("代码", "1"):
        hidden.append([value])
    hidden.sheet_state = "hidden"
    book.save(path)
    assert load(path).column("name") == ["甲"]
    book["Sheet"].sheet_state = "hidden"
    book.save(path)
    refused(
        path, "no visible sheet with a table in it; show it, or name one of Sheet, Sheet2, 字典"
    )


def test_a_workbook_of_before_2007(tmp_path: Path) -> None:
    path = tmp_path / "in.xls"
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    sheet.write_merge(0, 0, 0, 2, "统计表")
    for column, value in enumerate(["单位名称", "从业人数", "成立时间"]):
        sheet.write(1, column, value)
    sheet.write(2, 0, "合肥甲公司")
    sheet.write(2, 1, 35)
    sheet.write(2, 2, datetime.date(2020, 1, 5), day)
    book.save(str(path))
    loaded = load(path)
    assert loaded.source.format is Format.XLS
    assert loaded.source.heading_row == 2
    assert loaded.column("name") == ["合肥甲公司"]
    assert loaded.column("workers") == [35]
    assert loaded.column("started_on") == [datetime.date(2020, 1, 5)]


def test_the_heading_row_can_be_said(tmp_path: Path) -> None:
    rows = [["name", "workers"], ["name of it", "how many"], ["a", 1]]
    path = csv_file(tmp_path / "in.csv", rows)
    loaded = load(path, overrides={"name": "name of it", "workers": "how many"}, heading_row=2)
    assert loaded.column("name") == ["a"]
    with pytest.raises(Invalid, match="has no row 9"):
        open_source(path, heading_row=9)


def test_unknown_headings_still_find_their_row(tmp_path: Path) -> None:
    rows = [["统计表", "", ""], ["甲栏", "乙栏", "丙栏"], ["某公司", 5, "某路"]]
    source = open_source(csv_file(tmp_path / "in.csv", rows))
    assert source.heading_row == 2
    assert source.columns == ("甲栏", "乙栏", "丙栏")


def test_a_number_that_excel_shortened_is_seen(tmp_path: Path) -> None:
    rows = [
        ["名称", "统一社会信用代码"],
        ["甲", 913401000000000000],
        ["乙", "9.13401E+17"],
        ["丙", "91340100149163418G"],
    ]
    loaded = load(xlsx_file(tmp_path / "in.xlsx", rows))
    assert set(loaded.refused) >= {2, 3}
    assert all("spreadsheet has shortened" in loaded.refused[row] for row in (2, 3))
