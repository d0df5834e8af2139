"""Untruths planted in otherwise true copy of two brands are found, and the untouched copy is let through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.checks.facts import check_facts, ledger
from agent.checks.promotion import check_promotion
from agent.copies import Copy, MomentsCopy, fields
from agent.finding import Finding, blocking
from knowledge_base.records import Channel
from tests.agent.checks.shops import (
    Planted,
    brief_of,
    context_of,
    planted,
    true_copies,
    true_sentences,
    wrong_sentences,
)

ERRORS = planted()
RECALL, FALSE_ALARMS = 0.98, 0.02


def blocked(copy: Copy, id: str, channel: Channel = "moments") -> tuple[Finding, ...]:
    brief, context = brief_of(id, channel), context_of(id, channel)
    return blocking((*check_facts(copy, brief, context), *check_promotion(copy, brief, context)))


def new_findings(error: Planted) -> bool:
    """Whether the wrong copy is blocked for more than the true copy is."""
    found = blocked(MomentsCopy(text=error.wrong), error.product.id)
    return bool(found)


def test_three_hundred_planted_errors_are_found() -> None:
    assert len(ERRORS) >= 300
    missed = [(e.product.id, e.kind, e.what, e.wrong) for e in ERRORS if not new_findings(e)]
    assert len(missed) <= len(ERRORS) * (1 - RECALL), missed


def test_so_are_those_written_by_hand() -> None:
    rows = list(wrong_sentences())
    missed = [(id, text) for id, text, _ in rows if not blocked(MomentsCopy(text=text), id)]
    assert len(rows) > 100
    assert len(missed) <= len(rows) * (1 - RECALL), missed


def test_untouched_copy_passes() -> None:
    copies = list(true_copies())
    assert sum(1 for _ in true_sentences()) >= 60
    alarms = [
        (id, f.text, fields(copy)[f.field][max(0, f.start - 12) : f.end + 12])
        for id, channel, copy in copies
        for f in blocked(copy, id, channel)
    ]
    assert len({alarm[0] + alarm[2] for alarm in alarms}) <= len(copies) * FALSE_ALARMS, alarms


@given(st.data())
@settings(max_examples=200)
def test_a_changed_digit_flips_the_verdict_unless_the_new_claim_is_proved(data: st.DataObject) -> None:
    id, sentence = data.draw(st.sampled_from(list(true_sentences())))
    entries = ledger(MomentsCopy(text=sentence), brief_of(id), context_of(id))
    digits = [
        (entry, at)
        for entry in entries
        if entry.verdict != "unsupported"
        for at in range(entry.claim.start, entry.claim.end)
        if sentence[at] in "0123456789"
    ]
    if not digits:
        return
    _, at = data.draw(st.sampled_from(digits))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != sentence[at]]))
    wrong = sentence[:at] + digit + sentence[at + 1 :]
    after = ledger(MomentsCopy(text=wrong), brief_of(id), context_of(id))
    new = [e for e in after if e.claim.start <= at < e.claim.end]
    for entry in new:
        if entry.verdict == "supported" and entry.claim.values and entry.claim.bound == "exact":
            assert entry.fact is not None
            assert set(entry.claim.values) <= set(entry.fact.claim.values)
        elif entry.verdict == "derived":
            assert entry.how


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("p-cream", "面霜 189 元，到 11 月 30 日。"),
        ("p-handcream", "一支 69 元，到 12 月 20 日。"),
        ("p-handcream", "两支 39 元。"),
        ("p-cup", "89 元一只。"),
        ("p-porridge", "第三箱减 10 元。"),
    ],
    ids=["bundle", "two for one", "one for two", "offer not named", "other piece"],
)
def test_an_offer_price_is_true_only_as_that_offer(id: str, text: str) -> None:
    assert blocked(MomentsCopy(text=text), id)
