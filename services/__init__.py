"""The room services."""

from gongchuang.manifest import Room
from services import messages, procedures

room = Room("services", (messages.feature, procedures.feature))
