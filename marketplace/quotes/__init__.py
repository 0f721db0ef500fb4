"""Quotes 报价单: what a factory answers an order with, backed by machine hours, and the buyer's choice.

Owns: quotes, quote_lines, quote_papers, quote_justifications, quote_declines. Publishes: QuoteSubmitted, QuoteWithdrawn, QuoteJustified, QuoteAwarded,
QuoteLost, QuoteDeclined. Builds on: orders, capacity, machines, services.procedures, services.messages.
"""

from gongchuang.manifest import Feature

from . import api, checks, permissions, presentation, tasks, views

feature = Feature(
    name="quotes",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    handlers=[
        tasks.tell_buyer,
        tasks.tell_withdrawn,
        tasks.tell_justified,
        tasks.tell_awarded,
        tasks.tell_lost,
        tasks.free_hours,
        tasks.tell_outrun,
        tasks.tell_displaced,
        tasks.tell_declined,
    ],
    checks=[checks.quotes_hold],
    messages=tasks.MESSAGES,
    globals={
        "my_quote": presentation.my_quote,
        "order_quotes": presentation.order_quotes,
        "quote_state": presentation.state_words,
        "quote_terms": presentation.terms,
        "compare_columns": presentation.compare_columns,
        "award_cells": presentation.award_cells,
    },
)
