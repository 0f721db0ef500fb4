"""Filling a new index without a gap, asked for through the outbox so that the process that owns the index does it.

Owns: reindexes. Publishes: ReindexAsked.
"""
