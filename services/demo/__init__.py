"""What the demos of the rooms above share: reading their tables, made-up firms with people, and going back in time while loading."""
