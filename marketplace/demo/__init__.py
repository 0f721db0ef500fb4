"""The demo: made-up firms with real parts, loaded relative to today, removable."""
