"""Bids 投标: what organisations and persons ask for a task, and the publisher's choice.

Owns: bids. Publishes: BidSubmitted, BidWithdrawn, BidAwarded, BidLost, BidOpened. Builds on: services.procedures (submissions, award), tasks, files.
"""

from gongchuang.manifest import Feature

from . import api, checks, models, permissions, presentation, tasks, views

feature = Feature(
    name="bids",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    handlers=[
        tasks.tell_submitted,
        tasks.tell_withdrawn,
        tasks.open_sealed,
        tasks.share_file,
        tasks.tell_winner,
        tasks.part_with_losers,
        tasks.part_with_loser,
    ],
    checks=[checks.bids_hold],
    messages=tasks.MESSAGES,
    globals=presentation.GLOBALS,
)

__all__ = ["feature", "models"]
