"""Organisations as tenants, their members and invitations. `organisations.feature` says what they contribute."""
