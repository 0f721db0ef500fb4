"""The room crowdsourcing."""

from crowdsourcing import bids, skills, tasks
from gongchuang.manifest import Room

room = Room("crowdsourcing", (skills.feature, tasks.feature, bids.feature))
