"""Tests mirror the rooms. They are one package, so that a folder called after a room never shadows the room."""
