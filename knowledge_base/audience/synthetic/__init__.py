"""Invented shops whose truth is known: segments, propensities, sequences, and every flaw planted in the exports."""
