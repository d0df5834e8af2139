"""How a model's answer is read: JSON in prose, source markers, types, words so far. `agent/parse.py` is the way in."""
