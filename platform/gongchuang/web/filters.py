"""How dates, hours and money read: 2026年11月20日, 24 h, Asia/Shanghai; ¥1,234.50, 万元 on boards."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext, ngettext

from gongchuang import money
from gongchuang.web.languages import language

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def local(moment: datetime) -> datetime:
    """Return an instant as the clock on a Chinese wall shows it."""
    return moment.astimezone(SHANGHAI)


def show_date(value: date | datetime | None, form: str = "long") -> str:
    """Return 2026年11月20日, 11月20日 (`short`) or 11/20 (`tiny`)."""
    if value is None:
        return "—"
    day = local(value).date() if isinstance(value, datetime) else value
    if form == "tiny":
        return f"{day.month}/{day.day}"
    if language() == "en":
        return f"{day.day} {day:%b}" if form == "short" else f"{day.day} {day:%b %Y}"
    return f"{day.month}月{day.day}日" if form == "short" else f"{day.year}年{day.month}月{day.day}日"


def show_datetime(value: datetime | None, form: str = "long") -> str:
    """Return 2026年11月20日 17:00."""
    return "—" if value is None else f"{show_date(value, form)} {local(value):%H:%M}"


def weekday(value: date | datetime) -> str:
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{day:%a}" if language() == "en" else WEEKDAYS[day.weekday()]


def hours(minutes: int | None) -> str:
    """Return 46 小时, 1.5 小时 or 40 分钟 from whole minutes."""
    if minutes is None:
        return "—"
    if minutes and minutes < 60:
        return str(gettext("%(n)s 分钟", n=minutes))
    figure = f"{minutes / 60:.1f}".removesuffix(".0")
    return str(ngettext("%(figure)s 小时", "%(figure)s 小时", minutes // 60, figure=figure))


def ago(value: datetime | None, now: datetime) -> str:
    """Return 刚刚, 12 分钟前, 3 小时前, 2 天前, else the date."""
    if value is None:
        return "—"
    seconds = (now - value).total_seconds()
    if seconds < 60:
        return str(gettext("刚刚"))
    if seconds < 3600:
        return str(gettext("%(n)s 分钟前", n=int(seconds // 60)))
    if seconds < 86400:
        return str(gettext("%(n)s 小时前", n=int(seconds // 3600)))
    if seconds < 7 * 86400:
        return str(gettext("%(n)s 天前", n=int(seconds // 86400)))
    return show_date(value, "short")


def register(app: Flask) -> None:
    """Make them the templates' filters."""
    app.jinja_env.filters.update(
        yuan=money.yuan,
        short_yuan=money.short_yuan,
        capital=money.capital,
        date=show_date,
        datetime=show_datetime,
        weekday=weekday,
        hours=hours,
        ago=ago,
    )
