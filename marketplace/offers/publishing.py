"""The page from which everything is published."""

from flask import Blueprint, render_template

from gongchuang.rights import allowed
from gongchuang.web import Answer
from marketplace.offers import cards
from marketplace.offers.permissions import OfferPermission

pages = Blueprint("publish", __name__, template_folder="templates")


@pages.get("/publish")
@allowed(OfferPermission.CHOOSE)
def choose() -> Answer:
    """发布空闲产能, 发布询价单, 发布众包任务: what each is for and who will see it."""
    return render_template("offers/publish.html", order_url=cards.page_of_room("orders.create"), task_url=cards.page_of_room("tasks.create"))
