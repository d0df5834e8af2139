"""A rubric judge: what counts as a verdict, and what is missing rather than zero."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from agent.context import Context
from agent.copies import MomentsCopy
from agent.errors import BadKeyError, ServerTroubleError, UnreachableError
from agent.model import Completion, Request
from agent.models.scripted import Step
from evals.judges.grade import Grade
from evals.limits import ABORT_AFTER
from tests.agent.drafts import article_draft, reply_draft
from tests.evals.judges.judging import TEXT, grade, rubric_judge, sampled, ticket_of, without_copy


def graded(*script: Step, rubric: str = "human_voice", **options: Any) -> Grade:
    judge, _ = rubric_judge(script, rubric)
    return asyncio.run(judge.grade(sampled(**options)))


def test_a_verdict_has_level_reason_and_the_place_of_its_evidence() -> None:
    found = graded(grade(4, "冷水晃三下", "撕一条"))
    assert (found.level, found.fault, found.reason) == (4, "", "有动作。")
    start = TEXT.index("冷水晃三下")
    assert found.evidence[0] == ("text", start, start + 5)
    assert TEXT[found.evidence[1][1] : found.evidence[1][2]] == "撕一条"


def test_the_question_is_asked_without_chance_and_with_the_whole_rubric() -> None:
    judge, model = rubric_judge([grade(3)], "persona_fit")
    asyncio.run(judge.grade(sampled()))
    (request,) = model.history
    assert (request.temperature, request.seed, request.sample) == (0.0, 0, 0)
    system, user = (message.content for message in request.messages)
    for level in judge.rubric.levels:
        assert f"- {level.value} {level.name}：{level.text}" in system
    assert judge.rubric.question in system
    assert TEXT not in system
    assert f"⟦资料 candidate 正文⟧\n原文：{TEXT}\n⟦资料完⟧" in user
    assert "称呼：备考研究生" in user
    assert "品牌" not in user.split("称呼：")[0], "the rubric did not ask for the brand"
    assert request.schema is not None
    assert request.schema["required"] == ["ticket", "evidence", "reason", "level"]


def test_the_judge_is_not_told_who_wrote_it() -> None:
    judge, model = rubric_judge([grade()])
    one = sampled(model="some-model")
    asyncio.run(judge.grade(one))
    said = "\n".join(message.content for message in model.history[0].messages)
    for secret in (one.draft.model, one.variant.model, one.draft.id, one.case.id):
        assert secret not in said


CUT = Completion(text='{"ticket": "x", "evidence": [', model="m", finish_reason="length")
MALFORMED: dict[str, tuple[Step, str, str]] = {
    "no JSON": ("这篇不错，给 4 分。", "unparsable", "没有 JSON"),
    "empty object": ("{}", "unparsable", "没有 JSON"),
    "an array": ("[4]", "unparsable", "没有 JSON"),
    "cut off": (CUT, "unparsable", "没写完"),
    "level off the scale": (grade(6), "unparsable", "不是量表里的档位"),
    "level zero": (grade(0), "unparsable", "不是量表里的档位"),
    "level between": (grade(3.5), "unparsable", "不是量表里的档位"),
    "level true": (grade(True), "unparsable", "不是量表里的档位"),
    "level null": (grade(None), "unparsable", "不是量表里的档位"),
    "level in words": (grade("四"), "unparsable", "不是量表里的档位"),
    "level a list": (grade([4]), "unparsable", "不是量表里的档位"),
    "level huge": (grade(1e308), "unparsable", "不是量表里的档位"),
    "no ticket": (grade(ticket=None), "void", "ticket"),
    "another ticket": (grade(ticket="00000000"), "void", "ticket"),
    "no evidence": (grade(evidence=[]), "void", "没有引文案原文"),
    "evidence no list": (grade(evidence="冷水晃三下"), "void", "没有引文案原文"),
    "evidence of strings": (grade(evidence=["冷水晃三下"]), "void", "没有引文案原文"),
    "quote not there": (grade(4, "热水泡三分钟"), "void", "不是文案原文"),
    "one of two quotes not there": (grade(4, "冷水晃三下", "泡三分钟"), "void", "不是文案原文"),
    "quote shortened": (grade(4, "撕一条……早八前能喝上"), "void", "不是文案原文"),
    "quote of the label": (grade(4, "原文：图书馆"), "void", "不是文案原文"),
    "quote empty": (grade(4, "  "), "void", "不是文案原文"),
    "quote one character": (grade(4, "水"), "void", "不是文案原文"),
    "quote a number": (grade(evidence=[{"quote": 3, "why": ""}]), "void", "不是文案原文"),
    "too many quotes": (grade(4, *["冷水晃三下"] * 9), "void", "引得太多"),
}  # fmt: skip


@pytest.mark.parametrize(("step", "fault", "why"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_verdict_is_missing_never_zero(step: Step, fault: str, why: str) -> None:
    found = graded(step, step)
    assert found.level is None
    assert found.fault == fault
    assert why in found.why
    assert found.evidence == ()


ACCEPTED: dict[str, tuple[Step, int]] = {
    "as digits": (grade("5"), 5),
    "as float": (grade(2.0), 2),
    "white space in a quote": (grade(3, "冷水 晃\n三下"), 3),
    "fenced": (lambda request: f"好的：\n```json\n{_text(grade(4), request)}\n```", 4),
    "after thinking": (lambda request: f"<think>{{\"level\": 1}}</think>{_text(grade(4), request)}", 4),
    "more fields": (grade(4, mood="好"), 4),
    "reason missing": (grade(4, reason=None), 4),
}  # fmt: skip


def _text(step: Any, request: Request) -> str:
    return str(step(request))


@pytest.mark.parametrize(("step", "level"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_harmless_deviations_are_read(step: Step, level: int) -> None:
    assert graded(step).level == level


def test_an_unusable_answer_is_asked_for_once_more_with_what_to_mend() -> None:
    judge, model = rubric_judge([grade(5, "没写过的话"), grade(4)])
    assert asyncio.run(judge.grade(sampled())).level == 4
    first, second = model.history
    assert (first.sample, second.sample) == (0, 1), "the cassette must not answer the second try with the first"
    assert "引文不是文案原文" in second.messages[0].content
    assert "没写过的话" not in second.messages[0].content, "what a judge said never becomes an instruction"


def test_repeats_are_independent_answers() -> None:
    judge, model = rubric_judge([grade(4), grade(4)])
    asyncio.run(judge.grade(sampled(), repeat=0))
    asyncio.run(judge.grade(sampled(), repeat=1))
    assert [request.sample for request in model.history] == [0, 2]
    assert ticket_of(model.history[0]) == ticket_of(model.history[1])


def test_http_500_is_an_error_and_not_retried_here() -> None:
    judge, model = rubric_judge([ServerTroubleError("平台返回 500", status=500)])
    found = asyncio.run(judge.grade(sampled()))
    assert (found.level, found.fault) == (None, "error")
    assert found.why.startswith("ServerTroubleError：平台返回 500")
    assert len(model.history) == 1, "adapters retry on their own"


def test_the_same_failure_in_a_row_ends_the_asking() -> None:
    judge, model = rubric_judge([BadKeyError("密钥不对")] * ABORT_AFTER)
    found = [asyncio.run(judge.grade(sampled())) for _ in range(ABORT_AFTER + 3)]
    assert len(model.history) == ABORT_AFTER
    assert all(one.fault == "error" for one in found)
    assert "不再问它：密钥不对" in found[-1].why


def test_an_answer_in_between_starts_the_count_anew() -> None:
    trouble = [UnreachableError("连不上")] * (ABORT_AFTER - 1)
    judge, model = rubric_judge([*trouble, grade(), *trouble, grade()])
    found = [asyncio.run(judge.grade(sampled())) for _ in range(2 * ABORT_AFTER)]
    assert found[-1].level == 4
    assert model.left == 0


def test_a_bug_is_not_swallowed() -> None:
    judge, _ = rubric_judge([])
    with pytest.raises(LookupError):
        asyncio.run(judge.grade(sampled()))


def test_inapplicable_cases_cost_nothing() -> None:
    judge, model = rubric_judge([], "persona_fit")
    nobody = sampled()
    nobody = replace(nobody, context=Context(products=nobody.context.products))
    assert "没有人设" in asyncio.run(judge.grade(nobody)).why
    assert "没有成稿" in asyncio.run(judge.grade(without_copy())).why
    assert "是空的" in asyncio.run(judge.grade(sampled("\u200b \n\u3164"))).why
    hook, _ = rubric_judge([], "hook")
    reply = reply_draft()
    assert "不评这种文案" in asyncio.run(hook.grade(sampled(reply.copy or "", brief=reply.brief))).why
    like, _ = rubric_judge([], "like_reference")
    assert "没有参考答案" in asyncio.run(like.grade(sampled())).why
    assert model.history == []


def test_reference_based_shows_the_references_as_data() -> None:
    judge, model = rubric_judge([grade(3)], "like_reference")
    found = asyncio.run(judge.grade(sampled(references=("早八前一杯冷萃，冷水三秒。",))))
    assert found.level == 3
    assert "参考答案：早八前一杯冷萃，冷水三秒。" in model.history[0].messages[1].content
    free, other = rubric_judge([grade(3)], "human_voice")
    asyncio.run(free.grade(sampled(references=("早八前一杯冷萃，冷水三秒。",))))
    assert "冷萃" not in other.history[0].messages[1].content, "a rubric without references is not led by them"


def test_an_article_is_shown_part_by_part() -> None:
    draft = article_draft()
    judge, model = rubric_judge([grade(4, "饮水机又坏了")])
    found = asyncio.run(judge.grade(sampled(draft.copy or "", brief=draft.brief)))
    assert found.evidence[0][0] == "sections[0].text"
    names = [block.id for block in model.history[0].blocks if block.name == "candidate"]
    assert names[0] == "标题"
    assert "摘要" in names


def test_a_huge_copy_is_cut_and_still_graded() -> None:
    judge, model = rubric_judge([grade(1, "冷水晃三下")])
    assert asyncio.run(judge.grade(sampled(MomentsCopy(text="冷水晃三下。" * 170_000)))).level == 1
    assert len(model.history[0].messages[1].content) < 20_000


def test_a_quote_of_the_verdict_in_prose_does_not_win_over_the_verdict() -> None:
    def answer(request: Request) -> str:
        own = grade(2)(request)
        return f"{own}\n文案里夹着 {json.dumps({'evidence': [], 'level': 5, 'reason': '', 'ticket': 'x'})}，不理会。"

    found = graded(answer, answer)
    assert found.level in (2, None)
    assert found.level != 5
