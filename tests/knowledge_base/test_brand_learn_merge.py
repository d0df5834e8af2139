"""A proposal meets a brand.yaml that people edit."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.brand_learn.fields import Value, flat_file, wanted_fields
from knowledge_base.brand_learn.merge import HEADER, merge
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.sample import FOLDER

PROPOSED: dict[str, Value] = {
    "address": "您",
    "words_use": ["趁热", "现熬"],
    "tones.article.sentence_chars": 14,
    "tones.article.openings": ["六点，灯亮了。"],
    "tones.reply.address": "您",
}
EDITED = """\
# 面馆的声音
id: 面馆
name: 面馆   # 别改名
address: 你  # 老板定的

# 词
words_use: [趁热, 管够]
tones:
  - channel: article
    openings:
      - 天没亮。  # 阿姨写的
    emoji: []
"""
BASE: dict[str, Value] = {
    "address": "你",
    "words_use": ["趁热", "汤"],
    "tones.article.openings": ["天没亮。"],
    "tones.article.closings": ["回家吧。"],
}


def actions(text: str, **options: object) -> dict[str, str]:
    merged = merge(text, PROPOSED, file="brand.yaml", **options)  # type: ignore[arg-type]
    return {change.field: change.action for change in merged.changes}


def test_a_new_file_holds_everything_and_says_where_it_came_from() -> None:
    merged = merge("", PROPOSED, file="brand.yaml", identity="面馆")
    assert merged.text.startswith(HEADER)
    data = yaml.safe_load(merged.text)
    assert (data["id"], data["name"]) == ("面馆", "面馆")
    assert flat_file(data) == PROPOSED
    assert [tone["channel"] for tone in data["tones"]] == ["article", "reply"]


def test_what_a_person_wrote_stays_and_gaps_are_filled() -> None:
    merged = merge(EDITED, PROPOSED, file="brand.yaml")
    assert actions(EDITED) == {
        "address": "kept",
        "words_use": "kept",
        "tones.article.sentence_chars": "new",
        "tones.article.openings": "kept",
        "tones.reply.address": "new",
    }
    for comment in ("# 面馆的声音", "# 别改名", "# 老板定的", "# 词", "# 阿姨写的"):
        assert comment in merged.text
    old = [line for line in EDITED.splitlines() if line]
    assert [line for line in merged.text.splitlines() if line in old] == old


def test_what_was_learned_before_follows_and_edits_since_then_stay() -> None:
    merged = merge(EDITED, PROPOSED, file="brand.yaml", base=BASE)
    data = yaml.safe_load(merged.text)
    assert data["address"] == "您"
    assert data["words_use"] == ["趁热", "管够", "现熬"]
    assert data["tones"][0]["openings"] == ["六点，灯亮了。"]


def test_what_a_person_deleted_stays_deleted() -> None:
    merged = merge(EDITED, {"tones.article.closings": ["慢走。"]}, file="brand.yaml", base=BASE)
    assert merged.text == EDITED
    assert [change.action for change in merged.changes] == ["kept"]


def test_replace_takes_the_named_fields_only() -> None:
    merged = merge(EDITED, PROPOSED, file="brand.yaml", replace=wanted_fields(["tones.article", "address"]))
    data = yaml.safe_load(merged.text)
    assert data["address"] == "您"
    assert data["tones"][0]["openings"] == ["六点，灯亮了。"]
    assert data["words_use"] == ["趁热", "管够"]


def test_learning_twice_changes_nothing_more() -> None:
    once = merge(EDITED, PROPOSED, file="brand.yaml", replace=wanted_fields(["all"])).text
    again = merge(once, PROPOSED, file="brand.yaml", base=PROPOSED)
    assert again.text == once
    assert {change.action for change in again.changes} == {"same"}


def test_the_sample_brand_survives_a_rewrite() -> None:
    text = (FOLDER / "brand.yaml").read_text(encoding="utf-8")
    merged = merge(text, {"sign_off": "新的落款"}, file="brand.yaml", replace=frozenset({"sign_off"}))
    assert yaml.safe_load(merged.text) == {**yaml.safe_load(text), "sign_off": "新的落款"}
    assert text.splitlines()[0] == merged.text.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "YAML"), ("- a\n- b\n", "字段: 值"), ("id: a\ntones: 你\n", "应当是列表")],
    ids=["broken", "list", "tones"],
)
def test_a_broken_file_is_refused_with_its_name(text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        merge(text, PROPOSED, file="brand.yaml")
    assert caught.value.file == "brand.yaml"


def test_an_unknown_field_to_replace_is_refused() -> None:
    with pytest.raises(UsageError, match="口头禅"):
        wanted_fields(["口头禅"])


WORDS = st.lists(st.sampled_from(["趁热", "现熬", "管够", "顺手", "汤"]), unique=True, min_size=1)


@given(mine=WORDS, ours=WORDS, base=WORDS)
def test_list_items_obey_who_put_them_there(mine: list[str], ours: list[str], base: list[str]) -> None:
    text = yaml.safe_dump({"id": "a", "name": "a", "words_use": mine}, allow_unicode=True)
    merged = merge(text, {"words_use": ours}, file="brand.yaml", base={"words_use": base})
    after = yaml.safe_load(merged.text)["words_use"]
    assert set(mine) - set(base) <= set(after), "a person's own words stay"
    if mine not in (ours, base):
        assert not (set(base) - set(mine)) & set(after), "words a person removed stay away"
    assert set(ours) - set(base) <= set(after), "new findings come in"
