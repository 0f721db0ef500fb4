"""The room marketplace."""

from gongchuang.manifest import Room
from marketplace.capacity import feature as capacity
from marketplace.machines import feature as machines

room = Room("marketplace", (machines, capacity))
