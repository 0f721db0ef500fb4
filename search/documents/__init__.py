"""What can be found: one row for each object, written by its room, mirrored into the engine.

Owns: search_documents. Publishes: DocumentChanged.
"""
