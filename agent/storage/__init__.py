"""How the journal lies on disk: migrations, the connection, rows. `agent/journal.py` is the only door to it."""
