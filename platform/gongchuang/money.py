"""Money in words and figures. Stored as whole fen; never a float on the way."""

import re
from decimal import Decimal

import cn2an

from gongchuang import figures
from gongchuang.refusal import Refusal

LARGEST_FEN = 10**14


def yuan(fen: int | None) -> str:
    """Return ¥1,234.50 (no decimals for whole yuan above it: ¥1,234.00 keeps them, as papers do)."""
    if fen is None:
        return "—"
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def short_yuan(fen: int | None) -> str:
    """Return ¥260 or ¥7.50: what a card shows."""
    full = yuan(fen)
    return full.removesuffix(".00")


def capital(fen: int) -> str:
    """Return 人民币大写 (GB/T 15835 and the bill rules: 整 after 元)."""
    words: str = cn2an.an2cn(f"{abs(fen) // 100}.{abs(fen) % 100:02d}".removesuffix(".00"), "rmb")
    return "人民币" + ("负" if fen < 0 else "") + words


def fen_of(text: str, *, field: str | None = None) -> int:
    """Read what a person typed as yuan: `1,234.5`, `￥1234.50`, `1.2万`. Refuses negatives, more than two decimals, and more than a thousand billion."""
    typed = re.sub(r"[\s,，¥￥元]", "", text)
    factor = 10000 if typed.endswith("万") else 1
    figure = figures.plain(typed.removesuffix("万"))
    if figure is None:
        raise Refusal("money.unreadable", "请填写金额，例如 1234.50", field=field)
    fen = Decimal(figure) * factor * 100
    if fen != fen.to_integral_value():
        raise Refusal("money.precision", "金额最多保留两位小数", field=field)
    if fen < 0 or fen > LARGEST_FEN:
        raise Refusal("money.range", "金额须在 0 至 1 万亿元之间", field=field)
    return int(fen)
