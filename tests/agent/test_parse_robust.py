"""Whatever a model says, the parser answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brief import Form
from agent.copies import Copy, fields
from agent.finding import Finding, blocking
from agent.parse import KEYS, parse
from agent.prompting.sample import sample_brief

ARTICLE = sample_brief("article")
FORMS: tuple[Form, ...] = ("article", "ad", "post", "service", "comment")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "type", "heading", "x"]), inner)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.sampled_from(FORMS), st.text(alphabet="{}[]\"“”'：:,，\\nu0d8true抱歉<think>/`[[p]] \n", max_size=80) | st.text()
)
def test_no_text_crashes_the_parser(form: Form, text: str) -> None:
    check_shape(*parse(text, sample_brief(form)))


@settings(deadline=None)
@given(st.sampled_from(FORMS), st.data())
def test_no_json_crashes_the_parser(form: Form, data: st.DataObject) -> None:
    brief = sample_brief(form)
    answer = data.draw(st.fixed_dictionaries({}, optional={key: json_values for key in KEYS[brief.channel]}))
    check_shape(*parse(json.dumps(answer, ensure_ascii=data.draw(st.booleans())), brief))


def check_shape(copy: Copy | None, findings: tuple[Finding, ...]) -> None:
    assert copy is not None or blocking(findings)
    if copy is None:
        return
    named = fields(copy)
    "".join(named.values()).encode("utf-8")
    assert all(0 <= c.end <= len(named[c.field]) for c in copy.citations)
    assert all(named[f.field][f.start : f.end] == f.text for f in findings if f.text)


ENDLESS = ["{" * 100_000, "[" * 100_000, '{"text": ' * 5_000, '{"a": "' + "\\" * 50_000, '"' * 50_000]


@pytest.mark.parametrize("text", ENDLESS, ids=["braces", "brackets", "objects", "backslashes", "quotes"])
def test_endless_nesting_is_only_unparsable(text: str) -> None:
    assert parse(text, ARTICLE)[0] is None
