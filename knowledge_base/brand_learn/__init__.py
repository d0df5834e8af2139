"""Learns a brand's tone from its own past copy: measured, deterministic, without a model."""
