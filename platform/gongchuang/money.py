"""Money in words and figures. Stored as whole fen; never a float on the way."""

import re
from decimal import Decimal, InvalidOperation

import cn2an

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
    plain = re.sub(r"[\s,，¥￥元]", "", text).replace("．", ".")
    factor = Decimal(10000) if plain.endswith("万") else Decimal(1)
    try:
        amount = Decimal(plain.removesuffix("万")) * factor
        fen = amount * 100
    except InvalidOperation:
        raise Refusal("money.unreadable", "请填写金额，例如 1234.50", field=field) from None
    if not amount.is_finite() or fen != fen.to_integral_value():
        raise Refusal("money.precision", "金额最多保留两位小数", field=field)
    if fen < 0 or fen > LARGEST_FEN:
        raise Refusal("money.range", "金额须在 0 至 1 万亿元之间", field=field)
    return int(fen)
