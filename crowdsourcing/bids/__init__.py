"""Bids 投标: what organisations and persons ask for a task, and the publisher's choice.

Owns: bids. Publishes: BidSubmitted, BidWithdrawn, BidAwarded, BidLost, BidOpened. Builds on: services.procedures (submissions, award), tasks, files.
"""

from gongchuang.manifest import Feature

from . import models, permissions

feature = Feature(name="bids", permissions=permissions.POLICY)

__all__ = ["feature", "models"]
