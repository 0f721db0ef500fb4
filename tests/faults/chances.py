"""The flows of second chances: hours lost to another order are held again, a price nobody believes is explained."""

from tests.faults.flows import calling_off, free_hours, publish_order, quote_on
from tests.faults.play import Play

REASON = {"reason": "综合最优"}


def chances(play: Play) -> None:
    """Two orders are quoted on the same hours; the first award takes them, the second must wait until its supplier holds others."""
    buyer, firm = play.client("buyer"), play.client("factory")
    market = [publish_order(buyer, "chances") for _ in range(2)]
    with calling_off(buyer, "chances", market):
        machine, windows = free_hours(play, "chances", "chances")
        first, second = [quote_on(firm, order, machine, 42000, windows, "chances")["id"] for order in market]
        buyer.done("chances", "award quote", f"/quotes/{first}/award", REASON, quote=first)
        buyer.must_not("chances", "award lost hours", f"/quotes/{second}/award", REASON, says=409)
        firm.done("chances", "hold again", f"/quotes/{second}/hours", id=second)
        buyer.done("chances", "award quote", f"/quotes/{second}/award", REASON, quote=second)


def explanations(play: Play) -> None:
    """Of four quotes one is far under the others: it may be chosen once its supplier has said why."""
    buyer, firm = play.client("buyer"), play.client("factory")
    order = publish_order(buyer, "chances")
    with calling_off(buyer, "chances", [order]):
        for name, price in (("rival", 45000), ("third", 46000), ("fourth", 47000)):
            quote_on(play.client(name), order, None, price, [], "chances")
        machine, windows = free_hours(play, "explanations", "chances")
        cheap = quote_on(firm, order, machine, 9000, windows, "chances")["id"]
        buyer.must_not("chances", "award unexplained", f"/quotes/{cheap}/award", REASON, says=409)
        firm.done("chances", "explain price", f"/quotes/{cheap}/justification", {"text": "自有库存料，设备本周闲置，含毛坯。"}, id=cheap)
        buyer.done("chances", "award quote", f"/quotes/{cheap}/award", REASON, quote=cheap)
