"""Orders 询价单: what a firm wants made, from the drawing to the chosen supplier.

Owns: orders, order_parts, order_part_files, order_views. Publishes: OrderPublished, FirmsInvited, OrderExtended, OrderCancelled, OrderFailed.
Builds on: services.procedures (state, deadline, audience), services.files (drawings), search (found and matched), services.messages.
"""

from flask_babel import lazy_gettext as _l

from gongchuang.manifest import Feature, NavItem

from . import api, checks, document, moderation, permissions, presentation, tasks, views

feature = Feature(
    name="orders",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    documents=[document.of_order],
    handlers=[
        tasks.measure_drafts,
        tasks.tell_invited,
        tasks.close_order,
        tasks.tell_extended,
        tasks.tell_ended,
        tasks.tell_of_match,
        tasks.tell_of_matches,
    ],
    checks=[checks.orders_hold],
    start=[moderation.start],
    nav=[NavItem(_l("询价单"), "orders.index", 20, icon="file-invoice", bottom=True)],
    messages=tasks.MESSAGES,
    globals={
        "part_facts": presentation.part_facts,
        "order_terms": presentation.terms,
        "order_budget": presentation.budget_words,
        "order_state": presentation.state_of,
        "change_words": presentation.change_words,
        "files_in": presentation.files_in,
    },
)
