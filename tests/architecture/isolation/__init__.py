"""Isolation, generated: every route × role × relation × id is asked on a made world, and the answer is held against the map of rights."""
