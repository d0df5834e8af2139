"""What the journal writes of a draft."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings

from agent.codec import dumps, to_plain
from agent.draft import Draft
from agent.storage.rows import context_json
from tests.agent.drafts import DRAFTS, moments_draft


@settings(max_examples=60, deadline=None)
@given(DRAFTS)
def test_a_context_put_together_from_kept_parts_is_the_whole(draft: Draft) -> None:
    assert json.loads(context_json(draft.context)) == json.loads(dumps(to_plain(draft.context)))


def test_a_record_that_was_changed_is_written_as_it_is_now() -> None:
    context = moments_draft().context
    product = context.products[0]
    context_json(context)
    changed = replace(context, products=(replace(product, name="另一个名字"), product))
    names = [one["name"] for one in json.loads(context_json(changed))["products"]]
    assert names == ["另一个名字", product.name]
