"""Reads uploaded models and pictures, alone in a child process.

Nothing here imports the rest of the project: the package is loaded by itself (`services/files/child.py` starts it), so that the process that opens a
stranger's file holds no settings, no connection and no secret. It may use numpy, cascadio and Pillow only.
"""
