"""The room crowdsourcing."""

from gongchuang.manifest import Room

room = Room("crowdsourcing", ())
