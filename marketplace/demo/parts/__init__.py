"""Parts the demo shows: parametric solids and drawings, written by our own code."""
