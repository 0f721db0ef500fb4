"""The room marketplace."""

from gongchuang.manifest import Room
from marketplace.capacity import feature as capacity
from marketplace.demo.feature import feature as demo
from marketplace.machines import feature as machines
from marketplace.offers import feature as offers
from marketplace.orders import feature as orders
from marketplace.quotes import feature as quotes

room = Room("marketplace", (machines, capacity, offers, orders, quotes, demo))
