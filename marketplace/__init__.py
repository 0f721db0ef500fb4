"""The room marketplace."""

from gongchuang.manifest import Room
from marketplace.capacity import feature as capacity
from marketplace.machines import feature as machines
from marketplace.offers import feature as offers

room = Room("marketplace", (machines, capacity, offers))
