"""Drafts survive JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from agent.codec import draft_from_dict, draft_to_dict, dumps
from agent.draft import Draft
from tests.agent.drafts import DRAFTS, article_draft, moments_draft, reply_draft


@settings(max_examples=60, deadline=None)
@given(DRAFTS)
def test_any_draft_round_trips(draft: Draft) -> None:
    assert draft_from_dict(json.loads(dumps(draft_to_dict(draft)))) == draft


@pytest.mark.parametrize("draft", [article_draft(), moments_draft(), reply_draft(), article_draft(copy=None)])
def test_the_plain_form_is_for_people_too(draft: Draft) -> None:
    plain = draft_to_dict(draft)
    assert plain["created_at"].endswith("+00:00")
    assert plain["brief"]["today"] == "2026-11-22"
    assert plain["context"]["products"][0]["price"] == "69"
    assert (plain["copy"] or {}).get("type") == (draft.brief.channel if draft.copy else None)


def test_unknown_keys_of_a_later_version_are_ignored() -> None:
    draft = moments_draft()
    plain = draft_to_dict(draft)
    assert draft_from_dict({**plain, "reviewer": "x", "brief": {**plain["brief"], "mood": 1}}) == draft


def test_half_an_emoji_still_makes_utf8_json() -> None:
    text = dumps({"a": "\ud83d", "b": "中"})
    text.encode()
    assert json.loads(text) == {"a": "\ud83d", "b": "中"}
