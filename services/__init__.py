"""The room services."""

from gongchuang.manifest import Room
from services import procedures

room = Room("services", (procedures.feature,))
