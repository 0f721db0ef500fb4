"""What an operator's organisation is for a place. Pure."""

from gongchuang.marking import N_
from gongchuang.refusal import Refusal

DUTIES = {"operations": N_("运营"), "security": N_("安全"), "audit": N_("审计")}


def why_not_place(*, region: str, known: bool) -> Refusal | None:
    """Return why an operator may not be made for `region`: the empty code is the whole country, else a region or park of the vocabulary."""
    if region and not known:
        return Refusal("operator.region", "没有代码为 %(region)s 的地区或园区", region=region[:40])
    return None


def is_in_place(operator_region: str | None, *, region: str, park: str | None) -> bool:
    """Whether something in `region` and `park` lies in an operator's place: its province, city, county, or its park."""
    if operator_region is None:
        return False
    return region.startswith(operator_region) or (park is not None and park == operator_region)
