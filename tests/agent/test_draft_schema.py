"""The published schema is the one the program means, and every draft obeys it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from agent.codec import draft_to_dict
from agent.draft import Draft
from agent.draft_schema import SCHEMA_FILE, as_text, drafts_schema
from agent.present import as_json
from tests.agent.drafts import DRAFTS, article_draft, moments_draft, reply_draft

VALIDATOR = Draft202012Validator(drafts_schema())


def test_the_file_has_not_drifted() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == as_text(), "run: python -m agent.draft_schema"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(drafts_schema())


def test_what_is_printed_obeys_it() -> None:
    VALIDATOR.validate(json.loads(as_json([article_draft(), moments_draft(), reply_draft(), moments_draft(copy=None)])))


@settings(max_examples=30, deadline=None)
@given(DRAFTS)
def test_any_draft_obeys_it(draft: Draft) -> None:
    VALIDATOR.validate({"drafts": [draft_to_dict(draft)]})


@pytest.mark.parametrize("broken", [{"id": 7}, {"extra": 1}, {"copy": {"type": "poem"}}, {"version": "1"}])
def test_it_refuses_what_is_wrong(broken: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid({"drafts": [{**draft_to_dict(moments_draft()), **broken}]})
