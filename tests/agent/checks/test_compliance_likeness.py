"""The likeness model: learned from the shipped examples and nothing else, quiet on ordinary copy, switchable."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.compliance import examine
from agent.checks.compliance.fold import fold
from agent.checks.compliance.learn import EXAMPLES_NAME, Example, learn, read
from agent.checks.compliance.likeness import Stretch, alike, features, stretches
from agent.finding import Finding
from evals.compliance import load
from knowledge_base.errors import BadInputError
from knowledge_base.rules import law
from knowledge_base.workspace import Workspace
from tests.agent.checks.shops import true_sentences

BOOK = law.load_rules()
EXAMPLES = read(law.LAW_DIR / EXAMPLES_NAME)
UNWORDED = "拎着地摊包，难怪被人看不起。"
"""No rule knows these words."""


def likeness(found: tuple[Finding, ...]) -> list[Finding]:
    return [f for f in found if f.rule_id.endswith(".sounds_like") and f.severity != "info"]


def test_the_shipped_model_was_learned_from_the_shipped_examples() -> None:
    shipped = json.loads((law.LAW_DIR / law.LIKENESS_NAME).read_text(encoding="utf-8"))
    seen: dict[str, int] = {}
    for example in EXAMPLES:
        for gram in features(fold(example.text).text):
            seen[gram] = seen.get(gram, 0) + 1
    assert shipped["examples"] == len(EXAMPLES), "跑一遍 python -m agent.checks.compliance.learn"
    assert shipped["grams"] == sorted(gram for gram, count in seen.items() if count >= 2)


def test_no_unseen_text_is_among_the_examples() -> None:
    told = {"".join(e.text.split()) for e in EXAMPLES}
    leaked = [item.id for item in load(("unseen",)) if "".join(item.text.split()) in told]
    assert leaked == []


def test_examples_are_unique_and_of_known_areas() -> None:
    texts = [e.text for e in EXAMPLES]
    assert len(set(texts)) == len(texts)
    assert {e.area for e in EXAMPLES} - {"-"} <= {rule.area for rule in BOOK.rules}
    assert sum(e.bad for e in EXAMPLES) >= 2000


def test_learning_tells_its_examples_apart_and_names_their_area() -> None:
    bad = [Example("medical", True, f"喝了{n}回腰就好了") for n in "一二三四五六七八"]
    worse = [Example("finance", True, f"投了{n}万就翻倍") for n in "一二三四五六七八"]
    good = [Example("-", False, f"今天做了{n}碗面") for n in "一二三四五六七八"]
    model = learn([*bad, *worse, *good])
    assert model == learn([*bad, *worse, *good])
    weight = dict(zip(model["grams"], model["weights"], strict=True))
    assert weight["好了"] > 0 > weight["碗面"]
    assert list(model["areas"]) == ["finance", "medical"]


def test_a_violation_in_words_of_its_own_is_found_with_its_area() -> None:
    (found,) = likeness(examine(UNWORDED, "ad", book=BOOK))
    assert (found.rule_id, found.severity) == ("discrimination.sounds_like", "block")
    assert found.text in UNWORDED
    assert found.text in found.message


def test_what_a_rule_blocks_is_not_said_twice() -> None:
    text = "最好吃的面，谁家都没我家的香"
    assert [f.severity for f in examine(text, "ad", book=BOOK)].count("block") >= 1
    assert not likeness(examine(text, "ad", book=BOOK))


def test_what_a_rule_lets_pass_stays_passed() -> None:
    assert not likeness(examine("不敢说最好吃，只敢说现炒", "ad", book=BOOK))


@pytest.mark.parametrize("text", ["好", "真的吗", "！！！", "123456", "OK hello world"])
def test_too_little_text_says_nothing(text: str) -> None:
    assert not likeness(examine(text, "ad", book=BOOK))


def test_ordinary_copy_is_left_alone() -> None:
    """Scenes of another hand, kept out of the examples, and true sentences about real records."""
    scenes = Path(__file__).with_name("scene_sentences_heldout.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in scenes if line and not line.startswith("#")] + [text for _, text in true_sentences()]
    alarmed = [line for line in lines if likeness(examine(line, "article", book=BOOK))]
    assert len(alarmed) <= 0.03 * len(lines), alarmed


def test_a_workspace_can_switch_it_off(tmp_path: Path) -> None:
    toml = '[rules]\n"discrimination.sounds_like" = { severity = "off", reason = "法务逐条看" }\n'
    (tmp_path / "wenan.toml").write_text(toml, encoding="utf-8")
    assert not likeness(examine(UNWORDED, "ad", book=law.workspace_rules(Workspace.find(tmp_path))))


@given(st.text(max_size=300))
def test_any_text_gives_stretches_that_cover_it_in_order(text: str) -> None:
    skeleton = fold(text).text
    parts = list(stretches(skeleton))
    assert all(a.end == b.start for a, b in pairwise(parts))
    for found in alike(skeleton, BOOK.likeness, []):
        assert 0 <= found.start < found.end <= len(skeleton)


def test_taken_stretches_are_left_out() -> None:
    found = list(alike(UNWORDED, BOOK.likeness, []))
    assert found
    assert not list(alike(UNWORDED, BOOK.likeness, [Stretch(0, 3)]))


def test_a_broken_example_is_named(tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES_NAME
    path.write_text("# medical\nV 一句\nX 又一句\n", encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        read(path)
    assert caught.value.row == 3


COMMON = sorted(gram for gram in BOOK.likeness.weights if len(gram) == 1 and "\u4e00" <= gram <= "\u9fff")


@pytest.mark.parametrize("pool", [[chr(code) for code in range(0x4E00, 0x9FA6)], COMMON], ids=["any", "known"])
def test_characters_drawn_at_random_are_not_judged(pool: list[str]) -> None:
    """Nobody wrote them: what the model adds up over them are accidents."""
    draw = random.Random(20261122)
    texts = ["".join(draw.choice(pool) for _ in range(draw.randint(9, 80))) for _ in range(400)]
    assert [text for text in texts if likeness(examine(text, "ad", book=BOOK))] == []
    assert [text for text in texts if list(alike(fold(text).text, BOOK.likeness, []))] == []


def test_a_few_known_pairs_among_strange_ones_are_not_enough() -> None:
    assert list(alike(UNWORDED, BOOK.likeness, []))
    strange = "".join(chr(0x9F00 - 7 * i) for i in range(60))
    assert not list(alike(UNWORDED.rstrip("。") + strange, BOOK.likeness, []))
