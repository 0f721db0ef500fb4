"""The room marketplace."""

from gongchuang.manifest import Room

room = Room("marketplace", ())
