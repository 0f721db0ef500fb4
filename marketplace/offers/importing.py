"""Offers from a table: every row is read, every wrong row says what is wrong with it, and nothing is published unless all are right."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import openpyxl
from flask_babel import gettext
from openpyxl.utils.exceptions import InvalidFileException

from gongchuang import figures
from gongchuang.marking import N_
from gongchuang.money import fen_of
from gongchuang.refusal import Refusal
from gongchuang.types import clean_text
from marketplace.capacity.spans import week_code, week_start, weeks_from
from marketplace.offers.rules import Terms

COLUMNS = (N_("设备"), N_("周"), N_("每周小时"), N_("单价"), N_("交期天数"), N_("起订量"), N_("可见范围"), N_("说明"))
"""The columns by their Chinese names, which a table may always use; its reader's language does as well."""
NEEDED = COLUMNS[:3]
MOST_ROWS = 300
LARGEST_FILE = 2 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
REACHES = {"": "public", "公开": "public", "园区": "park", "本园区": "park", "public": "public", "park": "park"}
SOON = {"本周": 0, "这周": 0, "this week": 0, "下周": 1, "next week": 1, "下下周": 2}
OPEN_PRICE = ("", "面议", "negotiable")


@dataclass(frozen=True)
class Read:
    """One row: what it says, or why it cannot be."""

    line: int
    terms: Terms | None
    errors: tuple[Refusal, ...]


def table_of(name: str, content: bytes) -> list[list[str]]:
    """Return a CSV's (UTF-8 or GB 18030) or an .xlsx's first sheet's cells as text. Refuses what is neither, too large, or unpacks to too much."""
    if not content:
        raise Refusal("import.empty", "文件是空的，请重新选择", field="file")
    if len(content) > LARGEST_FILE:
        raise Refusal("import.too_large", "文件超过 2 MB，请分成几个文件", field="file")
    rows = _sheet(content) if content[:4] == b"PK\x03\x04" else _csv(name, content)
    if len(rows) > MOST_ROWS + 1:
        raise Refusal("import.rows", "一次最多导入 %(most)s 行", field="file", most=MOST_ROWS)
    return rows


def _csv(name: str, content: bytes) -> list[list[str]]:
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or b"\x00" in content:
        raise Refusal("import.kind", "只支持 .xlsx 和 .csv：旧版 .xls 请在 Excel 中另存为 .xlsx", field="file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)][: MOST_ROWS + 2]
    raise Refusal("import.encoding", "文件编码无法识别，请用 Excel 另存为 .xlsx 或 UTF-8 的 .csv", field="file")


def _sheet(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
                raise Refusal("import.too_large", "文件超过 2 MB，请分成几个文件", field="file")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=20, values_only=True)
        found = [[_cell(value) for value in row] for row in rows]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, TypeError, OSError, EOFError, SyntaxError):
        raise Refusal("import.broken", "文件已损坏或不是 Excel 工作簿，请重新保存后再试", field="file") from None
    return [row for row in found if any(row)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value).strip()


def rows_of(table: Sequence[Sequence[str]], machines: Mapping[str, UUID], today: date) -> list[Read]:
    """Return every row as terms or as its errors. `machines` are the firm's by name. Refuses a table without the needed columns or without rows."""
    if not table:
        raise Refusal("import.empty", "文件是空的，请重新选择", field="file")
    known = {said.casefold(): name for name in COLUMNS for said in (name, gettext(name))}
    titles = [cell.split("（")[0].split("(")[0].strip() for cell in table[0]]
    head = [known.get(title.casefold(), title) for title in titles]
    missing = [gettext(name) for name in NEEDED if name not in head]
    if missing:
        raise Refusal("import.columns", "第一行缺少列：%(names)s。请下载模板对照", field="file", names="、".join(missing))
    if len(table) == 1:
        raise Refusal("import.no_rows", "表里还没有内容，请从第二行起填写", field="file")
    return [_row(line, dict(zip(head, cells, strict=False)), machines, today) for line, cells in enumerate(table[1:], start=2)]


def _row(line: int, cells: Mapping[str, str], machines: Mapping[str, UUID], today: date) -> Read:
    errors: list[Refusal] = []
    said: dict[str, Any] = {}
    readers: dict[str, Callable[[], Any]] = {
        "machine_ids": lambda: _machines(cells.get("设备", ""), machines),
        "weeks": lambda: _weeks(cells.get("周", ""), today),
        "minutes_per_week": lambda: _minutes(cells.get("每周小时", "")),
        "price_fen": lambda: _price(cells.get("单价", "")),
        "lead_time_days": lambda: _whole(cells.get("交期天数", ""), "交期天数", 7),
        "quantity_min": lambda: _whole(cells.get("起订量", ""), "起订量", None),
        "reach": lambda: _reach(cells.get("可见范围", "")),
        "note": lambda: clean_text(cells.get("说明", ""), longest=2000, field="说明"),
    }
    for name, read in readers.items():
        try:
            said[name] = read()
        except Refusal as refusal:
            errors.append(refusal)
    return Read(line, None if errors else Terms(**said), tuple(errors))


def _machines(text: str, machines: Mapping[str, UUID]) -> tuple[UUID, ...]:
    names = [name.strip() for name in text.replace("；", ";").replace("、", ";").split(";") if name.strip()]
    unknown = [name for name in names if name not in machines]
    if not names or unknown:
        raise Refusal("import.machine", "没有名为「%(name)s」的设备，请与“我的设备”里的名称一致", field="设备", name=(unknown or [""])[0][:60])
    return tuple(machines[name] for name in names)


def _weeks(text: str, today: date) -> tuple[int, ...]:
    """Read 本周, 下周, a date, 2026-W48 or 202648; several parted by 、 or ；."""
    parts = [part.strip() for part in text.replace("；", "、").replace(";", "、").replace(",", "、").replace("，", "、").split("、") if part.strip()]
    if not parts:
        raise Refusal("import.week", "请填写周，例如 下周、2026-W48 或该周任一天的日期", field="周")
    return tuple(sorted({_week(part, today) for part in parts}))


def _week(text: str, today: date) -> int:
    if text.casefold() in SOON:
        return weeks_from(today, 3)[SOON[text.casefold()]]
    plain = text.upper().replace("W", "").replace("-", "").replace("/", "")
    try:
        if len(plain) == 6 and plain.isascii() and plain.isdigit():
            code = int(plain)
            week_start(code)
            return code
        return week_code(date.fromisoformat(text.replace("/", "-")))
    except (ValueError, Refusal):
        raise Refusal("import.week_unreadable", "看不懂「%(text)s」，请写成 下周、2026-W48 或日期 2026-11-24", field="周", text=text[:30]) from None


def _price(text: str) -> int | None:
    return None if text.casefold() in OPEN_PRICE else fen_of(text, field="单价")


def _minutes(text: str) -> int:
    hours = float(figures.plain(text) or 0)
    if not 0 < hours <= 168 * 99:
        raise Refusal("import.hours", "每周小时须为大于 0 的数，例如 40", field="每周小时")
    return round(hours * 60)


def _whole(text: str, name: str, default: int | None) -> int | None:
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refusal("import.whole", "%(name)s须为整数", field=name, name=gettext(name))
    return int(text)


def _reach(text: str) -> str:
    if text.casefold() not in REACHES:
        raise Refusal("import.reach", "可见范围请填 公开 或 园区；指定客户请在页面上发布", field="可见范围")
    return REACHES[text.casefold()]


def template(names: Iterable[str], week: int) -> bytes:
    """Return the table to fill in, in the reader's language, a row for each machine already there. A name that would start a formula is kept from doing so."""
    out = io.StringIO()
    writer = csv.writer(out)
    price = gettext("单价（元/小时，未税，空为面议）")
    writer.writerow([price if name == "单价" else gettext(name) for name in COLUMNS])
    for name in names:
        writer.writerow([f"'{name}" if name[:1] in "=+-@\t\r＝＋－＠" else name, f"{week // 100}-W{week % 100:02d}", "40", "", "7", "", gettext("公开"), ""])
    return out.getvalue().encode("utf-8-sig")
