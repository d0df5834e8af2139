"""Finds personal data in Chinese text and hides it behind placeholders that can be filled back in.

Used before anything is stored and before any model is called. Detection leans on phonenumbers (phones) and
python-stdnum (identity card check digit, Luhn); only formats that no kept library knows are patterns of ours.
"""

from __future__ import annotations

from knowledge_base.pii.detect import KIND_NAMES, KINDS, PiiKind, PiiSpan, find
from knowledge_base.pii.vault import Vault

__all__ = ["KINDS", "KIND_NAMES", "PiiKind", "PiiSpan", "Vault", "find"]
