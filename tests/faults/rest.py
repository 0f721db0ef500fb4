"""The flow of the rest: what no other flow's story turns on, and what is acknowledged all the same."""

from typing import Any

from tests.faults.flows import machine_said, moment, new_machine, offered, publish_order, task_said
from tests.faults.history import OK
from tests.faults.play import Play, mark
from tests.flows.story import today

OVER = {"reason": "设计变更"}


def rest(play: Play) -> None:
    """One part after the other, in an order of the dice: a part that gives up ends the round."""
    parts = [_offers, _orders, _tasks, _factory, _people]
    play.random.shuffle(parts)
    for part in parts:
        part(play)


def _offers(play: Play) -> None:
    """An offer drafted, rewritten, put out, kept by somebody, asked about, withdrawn, put out anew, and withdrawn again."""
    firm, buyer = play.client("rival"), play.client("buyer")
    machine = new_machine(firm, "rest")
    offer = firm.done("rest", "draft offer", "/offers", offered(machine), mark=machine)["id"]
    firm.act("rest", "rewrite offer", f"/offers/{offer}", offered(machine) | {"price_fen": 27000}, method="PUT", id=offer)
    firm.done("rest", "put out offer", f"/offers/{offer}/publish", id=offer)
    buyer.act("rest", "keep offer", f"/offers/{offer}/favourite", method="PUT", id=offer)
    buyer.act("rest", "ask about offer", f"/offers/{offer}/conversation")
    buyer.done("rest", "keep offer no more", f"/offers/{offer}/favourite", method="DELETE", id=offer)
    firm.done("rest", "withdraw offer", f"/offers/{offer}/withdraw", id=offer)
    again = firm.done("rest", "repeat offer", f"/offers/{offer}/repeat")["id"]
    firm.done("rest", "withdraw offer", f"/offers/{again}/withdraw", id=again)


def _orders(play: Play) -> None:
    """An order asked about, opened to one more firm, ended without a choice; its copy rewritten, and called off."""
    buyer, firm = play.client("buyer"), play.client("rival")
    order = publish_order(buyer, "rest")
    path = f"/orders/{order['id']}"
    firm.act("rest", "ask about order", f"{path}/conversation")
    buyer.act("rest", "invite to order", f"{path}/invitations", {"organisation_ids": [play.organisations["factory"]]})
    copy = buyer.act("rest", "copy order", f"{path}/clone")
    buyer.act("rest", "end order without award", f"{path}/fail", OVER, id=order["id"])
    if copy.outcome == OK:
        written = buyer.read("rest", f"/orders/{copy.answer['id']}")
        words = {"title": "改过的法兰", "parts": [_part(part) for part in written["parts"]], "region": "610113"}
        buyer.act("rest", "rewrite order", f"/orders/{written['id']}", words, method="PUT", id=written["id"])
        buyer.act("rest", "cancel order", f"/orders/{written['id']}/cancel", OVER, id=written["id"])


def _part(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part[name] for name in ("name", "process", "material", "quantity")} | {"x_mm": 130, "y_mm": 80, "z_mm": 20}


def _tasks(play: Play) -> None:
    """A task rewritten, put out, asked about, extended, opened to one more firm, bid on in vain, and ended; its copy called off."""
    publisher, maker = play.client("factory"), play.client("maker")
    title = mark()
    drafted = publisher.done("rest", "begin task", "/tasks", task_said(title))
    path = f"/tasks/{drafted['id']}"
    publisher.act("rest", "rewrite task", path, task_said(title) | {"budget_max_fen": 1_900_000}, method="PUT", id=drafted["id"])
    publisher.done("rest", "publish task", f"{path}/publish", id=drafted["id"])
    talk = maker.act("rest", "ask about task", f"{path}/conversation")
    if talk.outcome == OK:
        line = mark()
        maker.act("rest", "say", f"/conversations/{talk.answer['id']}", {"text": f"可以用钣金吗？{line}"}, mark=line)
    publisher.act("rest", "extend task", f"{path}/extend", {"closes_at": moment(9)}, id=drafted["id"])
    publisher.act("rest", "invite to task", f"{path}/invitations", {"organisation_ids": [play.organisations["buyer"]]})
    words = mark()
    said = {"price_fen": 1_500_000, "tax_bp": None, "days": 21, "proposal": f"先做拓扑优化找出传力路径。{words}"}
    bid = maker.done("rest", "bid", f"{path}/bids", said, mark=words)["id"]
    publisher.act("rest", "ask about bid", f"/bids/{bid}/conversation")
    maker.act("rest", "withdraw bid", f"/bids/{bid}/withdraw", id=bid)
    copy = publisher.act("rest", "copy task", f"{path}/clone")
    publisher.act("rest", "end task without award", f"{path}/fail", OVER, id=drafted["id"])
    if copy.outcome == OK:
        publisher.act("rest", "cancel task", f"/tasks/{copy.answer['id']}/cancel", OVER, id=copy.answer["id"])


def _factory(play: Play) -> None:
    """Closing days, blocked hours and a certificate taken back; a machine rewritten, given up, and taken up again."""
    firm, name = play.client("rival"), mark()
    machine = firm.done("rest", "add machine", "/machines", machine_said(name), mark=name)["id"]
    firm.act("rest", "rewrite machine", f"/machines/{machine}", machine_said(name) | {"quantity": 2}, method="PUT", id=machine)
    first = today().isoformat()
    closed = firm.done("rest", "close for a day", "/closures", {"kind": "holiday", "machine_id": machine, "first_on": first, "last_on": first})["id"]
    firm.act("rest", "reopen", f"/closures/{closed}", method="DELETE", id=closed)
    window = {"start": working_hour(), "end": working_hour(3), "unit": 1}
    firm.done("rest", "block hours", f"/machines/{machine}/blocks", {"windows": [window], "note": "电话订单"})
    firm.act("rest", "free hours", f"/machines/{machine}/blocks/remove", {"windows": [window]}, id=machine)
    firm.done("rest", "give up machine", f"/machines/{machine}/retire")
    firm.act("rest", "take up machine", f"/machines/{machine}/restore", id=machine)
    paper = firm.done("rest", "add certificate", "/certificates", {"code": "iso-14001", "number": mark()})["id"]
    firm.act("rest", "take back certificate", f"/certificates/{paper}", method="DELETE", id=paper)


def working_hour(hours: int = 0) -> str:
    """Return a working hour in eight days, `hours` later."""
    return f"{moment(8)[:10]}T{2 + hours:02d}:00:00+00:00"


def _people(play: Play) -> None:
    """An invitation taken back, what is to be sent by mail, a message read, skills paused and declared again."""
    firm, third = play.client("factory"), play.client("third")
    link = firm.done("rest", "invite", "/invitations", {"roles": ["sales"], "days": 7})["id"]
    firm.act("rest", "take back invitation", f"/invitations/{link}", method="DELETE", id=link)
    third.act("rest", "choose messages", "/messages/preference", {"mail": "todo", "sms": "none"}, method="PUT")
    third.act("rest", "declare skills", "/skills", {"skills": ["lightweighting"], "introduction": "结构设计"}, method="PUT")
    third.act("rest", "pause", "/skills/pause")
    for message in firm.read("rest", "/messages?tab=notices")["items"][:1]:
        firm.act("rest", "read message", f"/messages/{message['id']}/read")
