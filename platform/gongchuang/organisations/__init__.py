"""Organisations as tenants, their members and invitations."""

from gongchuang.manifest import Feature

from . import models as models

feature = Feature(name="organisations")
