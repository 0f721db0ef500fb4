"""The room crowdsourcing."""

from crowdsourcing import bids, skills, tasks
from crowdsourcing.demo.feature import feature as demo
from gongchuang.manifest import Room

room = Room("crowdsourcing", (skills.feature, tasks.feature, bids.feature, demo))
