"""Measurements against targets. Never part of the tests: they take minutes and need a quiet machine."""
