"""Identifies the words of a copy: approvals name this hash, and so does the label in every exported file."""

from __future__ import annotations

import hashlib

from agent.codec import dumps
from agent.copies import Copy, fields


def copy_sha256(copy: Copy | None) -> str:
    """SHA-256 (hex) over the reader-facing fields by name; empty without a copy.

    Sources, outlines and image briefs are left out: changing them changes nothing that a reader sees.
    """
    return hashlib.sha256(dumps(fields(copy)).encode()).hexdigest() if copy is not None else ""
