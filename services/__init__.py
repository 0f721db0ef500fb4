"""The room services."""

from gongchuang.manifest import Room
from services import certification, files, messages, moderation, operators, procedures

room = Room("services", (files.feature, messages.feature, certification.feature, procedures.feature, moderation.feature, operators.feature))
