"""The compliance suite is sound, its runner counts right, and the shipped rules reach their gates."""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from agent.finding import Finding, Severity
from evals import compliance
from evals.compliance import FORMS, GATES, PARTS, Item, Verdict, failed_gates, judge, load, score
from evals.compliance_report import COLUMNS, as_json, as_markdown, as_text, category_name, misses
from knowledge_base.errors import BadInputError

DOCS = Path(__file__).parents[2] / "docs" / "compliance.md"
ITEMS = load()


@pytest.fixture(scope="module")
def shipped() -> tuple[Verdict, ...]:
    """What the rules we ship say about every item."""
    return judge(ITEMS)


def finding(severity: Severity, start: int = 0, end: int = 0) -> Finding:
    return Finding(
        check="compliance", rule_id="r", severity=severity, status="violation", message="", start=start, end=end
    )


def silent(text: str, form: str, *, industry: str = "") -> tuple[Finding, ...]:
    return ()


def alarmed(text: str, form: str, *, industry: str = "") -> tuple[Finding, ...]:
    return (finding("block", 0, len(text)),)


# --- the suite itself


def test_ids_and_texts_are_unique() -> None:
    for values in ([item.id for item in ITEMS], [item.text for item in ITEMS]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_families_do_not_cross_parts() -> None:
    seen, unseen = ({item.family for item in load((part,))} for part in PARTS)
    assert not seen & unseen


def test_families_hold_one_label() -> None:
    for family in {item.family for item in ITEMS}:
        assert len({item.label for item in ITEMS if item.family == family}) == 1, family


def test_counts_are_large_and_split_about_70_to_30() -> None:
    labels = Counter(item.label for item in ITEMS)
    assert labels["violation"] >= 350
    assert labels["lawful"] >= 350
    share = sum(item.part == "unseen" for item in ITEMS) / len(ITEMS)
    assert 0.25 <= share <= 0.35
    assert sum(item.category == "plain" for item in ITEMS) >= 60
    assert len({item.industry for item in ITEMS}) >= 12


def test_every_category_of_violation_stands_in_both_parts_or_the_seen_one() -> None:
    seen, unseen = ({item.category for item in load((part,)) if item.label == "violation"} for part in PARTS)
    assert unseen <= seen


def test_every_item_is_well_formed() -> None:
    for item in ITEMS:
        assert item.form in FORMS, item.id
        assert 8 <= len(item.text) <= 80, item.id
        assert item.span in item.text, item.id
        assert item.span or item.label == "lawful", item.id
        assert (item.expect == "pass") == (item.label == "lawful"), item.id
        assert item.law, item.id
        assert re.fullmatch(r"[^。]+。", item.reason), item.id
        assert category_name(item.category), item.id


def test_one_to_one_violations_never_expect_a_block() -> None:
    strict = [item.id for item in ITEMS if item.form == "service" and item.expect == "block"]
    assert strict == []


def test_items_of_different_families_are_not_near_duplicates() -> None:
    grams = [(item, bigrams(item.text)) for item in ITEMS]
    near = [
        (one.id, other.id)
        for (one, a), (other, b) in itertools.combinations(grams, 2)
        if one.family != other.family and len(a & b) / len(a | b) > 0.8
    ]
    assert near == []


def bigrams(text: str) -> set[str]:
    plain = re.sub(r"\W", "", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


# --- the runner


@pytest.mark.parametrize(
    ("expect", "severity", "flagged"),
    [
        pytest.param("block", "block", True, id="block where block is due"),
        pytest.param("block", "warn", False, id="a warning is too little"),
        pytest.param("warn", "warn", True, id="a warning is enough"),
        pytest.param("warn", "block", True, id="a block is more than enough"),
        pytest.param("warn", "info", False, id="an exemption is no finding"),
        pytest.param("pass", "warn", False, id="a warning on lawful copy is no false alarm"),
        pytest.param("pass", "block", True, id="a block on lawful copy is"),
    ],
)
def test_what_counts_as_flagged(expect: str, severity: Severity, flagged: bool) -> None:
    item = next(item for item in ITEMS if item.expect == expect)
    assert Verdict(item, (finding(severity),)).flagged is flagged


@pytest.mark.parametrize(("start", "end", "hit"), [(0, 1, False), (3, 5, True), (5, 6, False)])
def test_on_span_means_overlap(start: int, end: int, hit: bool) -> None:
    item = replace(ITEMS[0], text="零一二三四五", span="三四")
    assert Verdict(item, (finding("block", start, end),)).on_span is hit


def test_repr_keeps_the_words_to_itself() -> None:
    shown = repr(Verdict(ITEMS[-1], (finding("block"),)))
    assert ITEMS[-1].id in shown
    assert not [words for words in (ITEMS[-1].text, ITEMS[-1].span, ITEMS[-1].reason) if words and words in shown]


def test_saying_nothing_scores_no_recall_and_no_precision() -> None:
    result = score(judge(ITEMS, silent))
    assert (result.found, result.recall, result.precision) == (0, 0.0, None)


def test_flagging_everything_has_full_recall_and_poor_precision() -> None:
    result = score(judge(ITEMS, alarmed))
    assert result.recall == 1.0
    assert result.precision == result.violations / (result.violations + result.lawful)
    assert result.on_span == result.violations
    assert len(failed_gates(judge(ITEMS, alarmed))) == 2


def test_a_perfect_judge_passes_every_gate() -> None:
    bad = {item.text for item in ITEMS if item.label == "violation"}
    verdicts = judge(ITEMS, lambda text, form, **_: (finding("block"),) if text in bad else ())
    assert failed_gates(verdicts) == ()
    assert misses(verdicts) == []


def test_items_that_need_a_record_do_not_count() -> None:
    apart = [item for item in ITEMS if item.needs_record]
    assert apart
    assert score(judge(apart, alarmed)).violations == 0


@pytest.mark.parametrize(
    ("line", "field"),
    [("{", ""), ('{"id": "x"}', "category")],
    ids=["no JSON", "missing field"],
)
def test_a_broken_line_is_named(line: str, field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seen.jsonl").write_text(line, encoding="utf-8")
    monkeypatch.setattr(compliance, "FOLDER", tmp_path)
    with pytest.raises(BadInputError) as caught:
        load(("seen",))
    assert (caught.value.file, caught.value.row, caught.value.field) == ("seen.jsonl", 1, field)


# --- what people see


def hides_unseen(shown: str) -> list[str]:
    return [item.id for item in ITEMS if item.part == "unseen" and (item.text in shown or item.id in shown.split())]


def test_no_report_shows_the_unseen_part() -> None:
    for verdicts in (judge(ITEMS, silent), judge(ITEMS, alarmed)):
        reports = (as_text(verdicts), str(as_json(verdicts)), as_markdown(verdicts), "\n".join(misses(verdicts)))
        for report in reports:
            assert hides_unseen(report) == []


def test_unseen_misses_are_listed_on_demand() -> None:
    shown = "\n".join(misses(judge(load(("unseen",)), silent), show_unseen=True))
    some = next(item for item in load(("unseen",)) if item.label == "violation")
    assert some.text in shown
    assert some.reason in shown


def test_docs_have_the_generated_structure() -> None:
    """Scores move with the rules; headings, tables and the suite's size must not drift."""
    generated = structure(as_markdown(judge(ITEMS, silent)))
    assert structure(DOCS.read_text(encoding="utf-8")) == generated


def structure(page: str) -> list[str]:
    kept: list[str] = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == len(COLUMNS) + 1:
            kept.append(f"{cells[0]} {cells[1]} {cells[4]}")
        elif line.startswith(("#", "|", "- ")) or re.match(r"\d\. ", line):
            kept.append(line)
    return kept


# --- the command


def run_command(monkeypatch: pytest.MonkeyPatch, examine: compliance.Examine, *args: str) -> tuple[int, str, str]:
    from rich.console import Console
    from typer.testing import CliRunner

    from evals.commands import app
    from knowledge_base import console

    noise = io.StringIO()
    monkeypatch.setattr(console, "err", lambda: Console(file=noise, width=200))
    monkeypatch.setattr(compliance, "judge", lambda items: judge(items, examine))
    done = CliRunner().invoke(app, ["compliance", *args])
    return done.exit_code, done.stdout, noise.getvalue()


@pytest.mark.parametrize("form", ["text", "json", "md"])
def test_command_prints_each_format(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, noise = run_command(monkeypatch, silent, "--format", form)
    assert code == 0
    assert ("failed_gates" if form == "json" else "未见部分") in out
    assert "没过门槛" in noise


def test_command_fails_the_gate_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_command(monkeypatch, silent, "--part", "unseen")[0] == 0
    assert run_command(monkeypatch, silent, "--part", "unseen", "--gate")[0] == 6


def test_command_keeps_unseen_texts_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = run_command(monkeypatch, silent, "--part", "unseen", "--misses")
    assert hides_unseen(hidden[1] + hidden[2]) == []
    shown = run_command(monkeypatch, silent, "--part", "unseen", "--misses", "--show-unseen")
    assert hides_unseen(shown[1] + shown[2])


# --- the gates


@pytest.mark.parametrize("name", ["precision", "recall"])
def test_the_rules_reach_the_overall_gate(name: str, shipped: tuple[Verdict, ...]) -> None:
    reached: float = getattr(score(shipped), name) or 0
    assert reached >= GATES["overall"], "\n".join(misses(shipped))


@pytest.mark.parametrize("name", ["precision", "recall"])
def test_the_rules_reach_the_unseen_gate(name: str, shipped: tuple[Verdict, ...]) -> None:
    unseen = [verdict for verdict in shipped if verdict.item.part == "unseen"]
    reached: float = getattr(score(unseen), name) or 0
    assert reached >= GATES["unseen"], "\n".join(misses(unseen))


def test_findings_index_the_original_text(shipped: tuple[Verdict, ...]) -> None:
    for verdict in shipped:
        for found in verdict.findings:
            text: str = verdict.item.text
            assert 0 <= found.start <= found.end <= len(text), verdict.item.id
            assert found.text in ("", text[found.start : found.end]), verdict.item.id


def test_item_fields_match_the_documented_ones() -> None:
    wanted = "id text form industry label category law span family reason expect needs_record part"
    assert list(Item.__slots__) == wanted.split()
