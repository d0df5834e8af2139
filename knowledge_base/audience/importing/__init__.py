"""Exports of a shop -> the four tables of the audience store."""
