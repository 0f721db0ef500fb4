"""The room services."""

from gongchuang.manifest import Room

room = Room("services", ())
