"""Recordings: what they are filed under, what a replay may and may not do, and the text form that is committed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model import Completion, Message, Model, Request
from agent.models.profiles import Profile
from agent.models.scripted import ScriptedModel
from evals.cassette import Cassette
from evals.cassette_care import AGREEMENT, orphans, stats
from evals.cassette_file import export_lines, import_file
from evals.cassette_key import Endpoint, Keys, endpoint_of, public_url, strip_secrets
from evals.cassette_model import MissingRecordingError, Recorded, Recorder
from evals.database import EvalsDb
from evals.judging import ASKED_AS
from evals.records import Run
from evals.suite import Suite
from knowledge_base.errors import BadInputError, ModelError

HERE = Endpoint("stub:m", "http://127.0.0.1/v1", '{"temperature":0.8}')
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


def asked(user: str = "写一条\n图书馆没有热水", system: str = "你是文案", **other: object) -> Request:
    return Request(messages=(Message("system", system), Message("user", user)), schema=SCHEMA, seed=1, **other)  # type: ignore[arg-type]


def recorded(recorder: Recorder, model: Model | None, case: str = "c1", sample: int = 0) -> Recorded:
    async def inner() -> Model:
        assert model is not None, "nothing may be asked"
        return model

    return Recorded(recorder, HERE, inner, case, sample)


def once(model: Recorded, request: Request) -> Completion:
    async def go() -> Completion:
        return await model.complete(request)

    return asyncio.run(go())


BASE = asked()
VARIED = {
    "user text": (asked("写一条\n图书馆没有开水"), HERE, 0, 0),
    "system text": (asked(system="你是编辑"), HERE, 0, 0),
    "role": (replace(BASE, messages=(BASE.messages[0], Message("assistant", BASE.messages[1].content))), HERE, 0, 0),
    "split": (replace(BASE, messages=(*BASE.messages, Message("user", ""))), HERE, 0, 0),
    "seed": (replace(BASE, seed=2), HERE, 0, 0),
    "temperature": (replace(BASE, temperature=0.1), HERE, 0, 0),
    "max_tokens": (replace(BASE, max_tokens=9), HERE, 0, 0),
    "schema": (replace(BASE, schema={**SCHEMA, "required": ["text"]}), HERE, 0, 0),
    "no schema": (replace(BASE, schema=None), HERE, 0, 0),
    "attempt": (replace(BASE, sample=1), HERE, 0, 0),
    "model": (BASE, replace(HERE, model="stub:n"), 0, 0),
    "base url": (BASE, replace(HERE, base_url="http://127.0.0.1/v2"), 0, 0),
    "parameters": (BASE, replace(HERE, parameters="{}"), 0, 0),
    "sample": (BASE, HERE, 1, 0),
    "retry": (BASE, HERE, 0, 3),
}


@pytest.mark.parametrize("name", VARIED)
def test_whatever_shapes_an_answer_is_in_its_key(name: str) -> None:
    request, endpoint, sample, retry = VARIED[name]
    keys = Keys()
    assert keys.parts(request, endpoint, sample, retry).key != keys.parts(BASE, HERE, 0).key


def test_a_key_is_stable_across_objects_and_listeners() -> None:
    """Pinned: committed recordings are found by it."""
    listening = replace(asked(), on_delta=lambda _: None)
    assert Keys().parts(listening, HERE, 0).key == Keys().parts(BASE, HERE, 0).key
    assert Keys().parts(BASE, HERE, 0).key == "2d8fa114e326914880e1eb5c2f0ecbc83da9adb2953f0e2f048a4d19f424c540"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@api.example.com/v1/?key=abc#x", "https://api.example.com/v1"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://[::1]:8000/v1/", "http://[::1]:8000/v1"),
        ("", ""),
    ],
)
def test_addresses_are_kept_without_secrets(url: str, shown: str) -> None:
    assert public_url(url) == shown


@given(st.recursive(st.text(max_size=5) | st.booleans(), lambda inner: st.dictionaries(st.text(max_size=4), inner)))
def test_secrets_are_stripped_at_any_depth(value: object) -> None:
    stripped = json.dumps(strip_secrets({"deep": [{"api_key": "sk-REAL", "x": value}], "Authorization": "sk-REAL"}))
    assert "sk-REAL" not in stripped


def test_parameters_of_a_profile_are_in_the_endpoint() -> None:
    profile = Profile(
        name="a", preset="custom", label="a", base_url="https://u:p@h/v1", model="m", api_key_env="K",
        temperature=0.5, extra_body={"api_key": "sk-REAL", "enable_thinking": False},
    )  # fmt: skip
    found = endpoint_of(profile)
    assert (found.model, found.base_url) == ("custom:m", "https://h/v1")
    assert "sk-REAL" not in found.parameters
    assert "enable_thinking" in found.parameters


@pytest.fixture
def cassette(tmp_path: Path) -> Iterator[Cassette]:
    with Cassette(tmp_path / "c.db") as opened:
        yield opened


def test_an_answer_is_asked_for_once_and_said_again_whole(cassette: Cassette) -> None:
    said = Completion(
        text="一条", model="m-2026", input_tokens=9, output_tokens=4, cost=Decimal("0.00123"), latency=1.5,
        finish_reason="stop",
    )  # fmt: skip
    model = ScriptedModel([said], name="stub:m")
    first = recorded(Recorder(cassette=cassette, run="r1", suite="s"), model)
    assert once(first, asked()) == said
    replayed = recorded(Recorder(cassette=cassette, run="r2", suite="s", replay=True), None)
    assert once(replayed, asked()) == said
    assert (first.paid, replayed.paid) == (Decimal("0.00123"), Decimal(0))
    (kept,) = cassette.recordings()
    assert (kept.completion.model, kept.suite, kept.case_id, kept.recorded_at[:2]) == ("m-2026", "s", "c1", "20")


@pytest.mark.parametrize(("record", "asks"), [("missing", 1), ("all", 2), ("none", 2)], ids=["missing", "all", "none"])
def test_record_modes(cassette: Cassette, record: str, asks: int) -> None:
    model = ScriptedModel(["一", "二"], name="stub:m")
    for run in ("r1", "r2"):
        recorder = Recorder(cassette=cassette, run=run, suite="s", record=record)  # type: ignore[arg-type]
        once(recorded(recorder, model), asked())
        # The same run asks nothing twice, whatever the mode: that is what a resume relies on.
        once(recorded(recorder, model), asked())
    assert len(model.history) == asks
    assert len(list(cassette.recordings())) == (0 if record == "none" else 1)
    cassette.drop_scope("r1")
    cassette.drop_scope("r2")
    assert cassette.store.one("SELECT COUNT(*) FROM texts")[0] == (0 if record == "none" else 2)


def test_two_equal_requests_at_once_are_paid_once(cassette: Cassette) -> None:
    model = ScriptedModel(["一"], name="stub:m")
    recorder = Recorder(cassette=cassette, run="r", suite="s")

    async def go() -> list[Completion]:
        return await asyncio.gather(*(recorded(recorder, model).complete(asked()) for _ in range(5)))

    assert {one.text for one in asyncio.run(go())} == {"一"}
    assert len(model.history) == 1


def test_a_failure_is_not_recorded_and_reaches_everyone(cassette: Cassette) -> None:
    model = ScriptedModel([ModelError("坏了"), "一"], name="stub:m")
    recorder = Recorder(cassette=cassette, run="r", suite="s")
    with pytest.raises(ModelError, match="坏了"):
        once(recorded(recorder, model), asked())
    assert once(recorded(recorder, model), asked()).text == "一"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (asked("写一条\n图书馆没有开水"), "提示词第 2 条（user）第 2 行变了：「图书馆没有热水」 → 「图书馆没有开水」"),
        (asked("写一条\n图书馆没有热水\n别写价格"), "多了第 3 行 「别写价格」"),
        (asked("写一条"), "少了第 2 行 「图书馆没有热水」"),
        (replace(BASE, seed=5), "请求参数变了"),
        (replace(BASE, schema=None), "答案格式（schema）变了"),
    ],
    ids=["line", "more", "less", "seed", "schema"],
)
def test_a_missing_recording_says_what_changed(cassette: Cassette, changed: Request, says: str) -> None:
    once(recorded(Recorder(cassette=cassette, run="r", suite="s"), ScriptedModel(["一"], name="stub:m")), asked())
    with pytest.raises(MissingRecordingError) as caught:
        once(recorded(Recorder(cassette=cassette, run="q", suite="s", replay=True), None), changed)
    assert "用例 c1 第 1 次采样没有录音" in caught.value.message
    assert says in caught.value.message


def test_a_case_never_recorded_says_so(cassette: Cassette) -> None:
    with pytest.raises(MissingRecordingError, match=r"用例 c9 .*还没有录过"):
        once(recorded(Recorder(cassette=cassette, run="q", suite="s", replay=True), None, "c9"), asked())


def test_secrets_in_texts_are_not_stored(cassette: Cassette, tmp_path: Path) -> None:
    key = "sk-abcdefghijklmnop1234"
    model = ScriptedModel([f"密钥是 {key}"], name="stub:m")
    once(recorded(Recorder(cassette=cassette, run="r", suite="s"), model), asked(f"用 {key}"))
    exported = "\n".join(export_lines(cassette, None))
    assert key not in exported
    assert "［密钥已隐去］" in exported
    file = tmp_path / "录音.jsonl"
    file.write_text(exported + "\n", encoding="utf-8")
    with Cassette(tmp_path / "b.db") as other, EvalsDb(tmp_path / "e.db") as db:
        assert import_file(file, other, db).answers == 1
        assert "\n".join(export_lines(other, None)) == exported
        again = recorded(Recorder(cassette=other, run="q", suite="s", replay=True), None)
        assert once(again, asked(f"用 {key}")).text == "密钥是 ［密钥已隐去］"


def fill(cassette: Cassette, order: list[int]) -> None:
    recorder = Recorder(cassette=cassette, run="r", suite="s")
    for i in order:
        model = ScriptedModel([Completion(text=f"答{i}", model="m", cost=Decimal("0.10"), latency=0.1)], name="stub:m")
        once(recorded(recorder, model, f"c{i}"), asked(f"问{i}"))


def exported(cassette: Cassette) -> list[str]:
    """Without the time of recording."""
    lines = [json.loads(line) for line in export_lines(cassette, None)]
    return [json.dumps({**line, "recorded_at": ""}, ensure_ascii=False) for line in lines]


def test_export_is_stable_and_import_brings_it_back(tmp_path: Path) -> None:
    with ExitStack() as stack:
        a, b, c = (stack.enter_context(Cassette(tmp_path / f"{name}.db")) for name in "abc")
        db = stack.enter_context(EvalsDb(tmp_path / "e.db"))
        order = list(range(12))
        fill(a, order)
        random.Random(1).shuffle(order)
        fill(b, order)
        assert exported(a) == exported(b)
        file = tmp_path / "录音.jsonl"
        file.write_text("\n".join(export_lines(a, None)) + "\n", encoding="utf-8")
        assert import_file(file, c, db).answers == 12
        assert import_file(file, c, db).known == 12
        assert list(export_lines(c, None)) == list(export_lines(a, None))
        replayed = recorded(Recorder(cassette=c, run="r", suite="s", replay=True), None, "c3")
        assert once(replayed, asked("问3")).text == "答3"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("text", "text", "改过的提示词"),
        ("answer", "text", "改过的答"),
        ("answer", "said", "better-model"),
        ("answer", "recorded_at", "2020-01-01"),
        ("answer", "parameters", '{"seed":2}'),
        ("answer", "model", "stub:n"),
        ("answer", "type", "x"),
        ("answer", "key", None),
    ],
)
def test_a_doctored_file_is_refused_with_its_line(tmp_path: Path, kind: str, field: str, value: object) -> None:
    file = tmp_path / "录音.jsonl"
    with Cassette(tmp_path / "a.db") as cassette:
        fill(cassette, [3])
        lines = [json.loads(line) for line in export_lines(cassette, None)]
    row = next(number for number, line in enumerate(lines, 1) if line["type"] == kind)
    lines[row - 1][field] = value
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with EvalsDb(tmp_path / "e.db") as db, Cassette(tmp_path / "b.db") as other:
        with pytest.raises(BadInputError) as caught:
            import_file(file, other, db)
        assert caught.value.row == row
        assert not list(other.recordings())


def test_what_judges_said_stays_as_long_as_anything_may_ask_for_it(tmp_path: Path) -> None:
    """It is filed under no case, and no row names it; a replay needs it all the same."""
    with EvalsDb(tmp_path / "e.db") as db, Cassette(tmp_path / "a.db") as cassette:
        for name in ("小测", AGREEMENT):
            recorder = Recorder(cassette=cassette, run="r", suite=name)
            once(recorded(recorder, ScriptedModel(["3 档"], name="stub:m"), ASKED_AS), asked(f"评 {name}"))
        keys = {recording.suite: recording.key for recording in cassette.recordings()}
        assert orphans(cassette, db, []) == {keys["小测"]}
        suite = Suite(name="小测", path=tmp_path, file="小测.yaml", sha256="", cases=())
        assert orphans(cassette, db, [suite]) == set()
        db.add_run(Run(id="r_1", suite="小测", suite_sha256="", started_at="1", finished_at="2", planned=0, rows=()))
        assert orphans(cassette, db, []) == set()
        assert orphans(cassette, db, [], runs=1) == set()


def test_orphans_are_what_nothing_refers_to(tmp_path: Path) -> None:
    with EvalsDb(tmp_path / "e.db") as db, Cassette(tmp_path / "a.db") as cassette:
        fill(cassette, [1, 2])
        assert len(orphans(cassette, db, [])) == 2
        found = stats(cassette, db, [])
        assert (found.recordings, found.orphans, found.by_model) == (2, 2, {"stub:m": 2})
        cassette.remove(orphans(cassette, db, []))
        assert stats(cassette, db, []).recordings == 0
        assert cassette.store.one("SELECT COUNT(*) FROM texts")[0] == 0
