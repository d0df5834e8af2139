"""The fact lock and its ledger."""

from __future__ import annotations

from agent.checks.facts.check import check_facts
from agent.checks.facts.claim import Claim
from agent.checks.facts.evidence import Fact
from agent.checks.facts.ledger import ClaimSupport, ledger

__all__ = ["Claim", "ClaimSupport", "Fact", "check_facts", "ledger"]
