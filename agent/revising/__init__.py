"""Revising a copy: which part is meant, what is asked of it, and the edits that need no model."""
