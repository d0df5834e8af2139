"""The fake and the recordings."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelNotFoundError, RateLimitError
from agent.model import Completion, Message, Request
from agent.models.replay import RecordingModel, ReplayModel, request_key
from agent.models.scripted import ScriptedModel
from knowledge_base.errors import BadInputError

ASK = Request(messages=(Message("user", "写一句。"),), schema={"type": "object"}, seed=1)
FULL = Completion(
    text="凌晨四点，\n“喝一口”。",
    model="m-2026",
    input_tokens=12,
    output_tokens=8,
    cost=Decimal("0.0000123"),
    latency=1.25,
    finish_reason="stop",
)


def test_script_plays_in_order_and_keeps_history() -> None:
    model = ScriptedModel(["一", FULL, RateLimitError("慢点"), lambda request: request.messages[0].content], name="假")

    async def main() -> None:
        assert (await model.complete(ASK)).text == "一"
        assert await model.complete(ASK) is FULL
        with pytest.raises(RateLimitError):
            await model.complete(ASK)
        assert (await model.complete(replace(ASK, sample=3))).text == "写一句。"
        assert model.left == 0
        with pytest.raises(LookupError, match="after 4 answers"):
            await model.complete(ASK)
        await model.aclose()

    asyncio.run(main())
    assert [request.sample for request in model.history] == [0, 0, 0, 3, 0]
    assert model.closed


def test_what_was_recorded_is_replayed_exactly(tmp_path: Path) -> None:
    path = tmp_path / "录音.jsonl"

    async def main() -> None:
        recorder = RecordingModel(ScriptedModel([FULL, "二"], name="deepseek:x"), path)
        assert recorder.name == "deepseek:x"
        await recorder.complete(ASK)
        await recorder.complete(replace(ASK, sample=1))
        await recorder.aclose()
        replay = ReplayModel(path)
        assert replay.name == "deepseek:x"
        pieces: list[str] = []
        assert await replay.complete(replace(ASK, on_delta=pieces.append)) == FULL
        assert "".join(pieces) == FULL.text
        assert (await replay.complete(replace(ASK, sample=1))).text == "二"
        with pytest.raises(ModelNotFoundError, match=r"录音\.jsonl"):
            await replay.complete(replace(ASK, sample=2))
        await replay.aclose()

    asyncio.run(main())


def test_failures_are_not_recorded(tmp_path: Path) -> None:
    recorder = RecordingModel(ScriptedModel([RateLimitError("慢点")]), tmp_path / "r.jsonl")
    with pytest.raises(RateLimitError):
        asyncio.run(recorder.complete(ASK))
    assert not (tmp_path / "r.jsonl").exists()


CHANGES: dict[str, dict[str, Any]] = {
    "words": {"messages": (Message("user", "写两句。"),)},
    "role": {"messages": (Message("system", "写一句。"),)},
    "split": {"messages": (Message("user", "写一"), Message("user", "句。"))},
    "schema": {"schema": {"type": "array"}},
    "no schema": {"schema": None},
    "temperature": {"temperature": 0.1},
    "max_tokens": {"max_tokens": 5},
    "seed": {"seed": 2},
    "sample": {"sample": 1},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_shapes_an_answer_changes_the_key(change: dict[str, Any]) -> None:
    assert request_key(replace(ASK, **change), "m") != request_key(ASK, "m")


def test_who_listens_does_not_change_the_key_but_the_model_does() -> None:
    assert request_key(replace(ASK, on_delta=print), "m") == request_key(ASK, "m")
    assert request_key(ASK, "n") != request_key(ASK, "m")


@given(st.lists(st.text(), min_size=1, max_size=4, unique=True))
def test_keys_differ_for_different_words(texts: list[str]) -> None:
    keys = {request_key(Request(messages=(Message("user", text),)), "m") for text in texts}
    assert len(keys) == len(texts)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("", "没有回答", id="empty"),
        pytest.param("不是 JSON\n", "录音.jsonl:1", id="not JSON"),
        pytest.param(json.dumps({"key": "k"}) + "\n", "录音.jsonl:1", id="fields missing"),
    ],
)
def test_a_broken_recording_names_its_line(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "录音.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInputError, match=says):
        ReplayModel(path)


def test_a_recording_of_two_models_must_be_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "两个.jsonl"

    async def main() -> None:
        for name in ("a", "b"):
            await RecordingModel(ScriptedModel([f"我是 {name}"], name=name), path).complete(ASK)
        with pytest.raises(BadInputError, match="好几个模型：a、b"):
            ReplayModel(path)
        assert (await ReplayModel(path, "b").complete(ASK)).text == "我是 b"

    asyncio.run(main())
