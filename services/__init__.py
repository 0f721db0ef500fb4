"""The room services."""

from gongchuang.manifest import Room
from services import files, messages, procedures

room = Room("services", (files.feature, messages.feature, procedures.feature))
