"""What the README and the papers promise in figures, measured on this machine: `make bench`, or `python -m bench pages matches start`."""
