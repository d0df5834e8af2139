"""Every export is labelled, and the check finds out when it no longer is or when words were changed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from PIL import Image

from agent.brief import Form
from agent.copies import ReplyCopy
from agent.deliver import Format, formatted
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.journal import Journal
from agent.label.check import check_label
from agent.label.explicit import attach, declaration, inside, label_text
from agent.label.images import embed_image, read_image
from agent.label.implicit import KEYS, metadata
from agent.label.read import read_labelled
from agent.label.verify import verify
from agent.present import as_text, labelled_text, status_lines
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.rules import utf8_length
from knowledge_base.rules.ai_labels import LABELS_FILE, label_rule, parse_labels
from knowledge_base.workspace import Workspace
from tests.agent.drafts import CONTEXT, DRAFTS, article_draft, moments_draft, reply_draft

MAKERS: dict[str, Callable[[], Draft]] = {"article": article_draft, "ad": moments_draft, "service": reply_draft}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal.open(Workspace(tmp_path))) as opened:
        yield opened


def exported(journal: Journal, path: Path, *drafts: Draft, form: Format) -> Path:
    for draft in drafts:
        journal.save(draft)
    path.write_text(formatted(drafts, form), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("form", get_args(Form))
def test_every_form_has_a_label_that_names_ai_and_its_law(form: str) -> None:
    rule = label_rule(form)
    assert "AI" in rule.text
    assert "生成" in rule.text
    assert "离线模板" in rule.offline_text
    assert "人工智能生成合成内容标识办法" in rule.source


def test_label_places_follow_the_data() -> None:
    article, ad, reply = article_draft(), moments_draft(), reply_draft(offline=False, model="deepseek-chat")
    assert labelled_text(article) == f"{as_text(article)}\n\n本文由 AI 辅助生成（离线模板）"
    assert labelled_text(ad) == as_text(ad)
    assert any("AI 生成（离线模板）" in line for line in status_lines(ad))
    assert labelled_text(reply) == f"{as_text(reply)}\n（AI 生成）"
    assert attach(moments_draft(copy=None), "") == ""
    assert declaration(moments_draft(copy=None)) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("place: end", "不是位置"),
        ("text: 本文由 AI 辅助生成", "要写明 AI"),
        ("counts: text_max", "不是限制"),
        ("gap: 2", "缺少或写错了"),
    ],
)
def test_broken_label_data_is_named(change: str, message: str) -> None:
    text = LABELS_FILE.read_text(encoding="utf-8")
    key = change.split(":")[0]
    spoilt = "gab: 2" if key == "gap" else f"{key}: 中间"
    with pytest.raises(BadInputError, match=message):
        parse_labels(text.replace(change, spoilt, 1))
    with pytest.raises(UsageError, match="没有形式「poem」"):
        label_rule("poem")


@settings(max_examples=40, deadline=None)
@given(DRAFTS)
def test_metadata_has_the_seven_keys_and_names_the_draft(draft: Draft) -> None:
    field = metadata(draft)
    assert tuple(field) == KEYS
    assert field["ProduceID"] == draft.id
    assert field["ReservedCode1"] == (f"sha256:{copy_sha256(draft.copy)}" if draft.copy else "")


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_exports_verify_as_they_leave(journal: Journal, tmp_path: Path, kind: str, form: Format) -> None:
    draft = MAKERS[kind]()
    labelled = read_labelled(exported(journal, tmp_path / f"a.{form}", draft, form=form))
    assert [(one.draft_id, one.problems) for one in verify(labelled, journal)] == [(draft.id, ())]
    assert "".join(label_text(draft).split()) in "".join((labelled.text + labelled.hidden).split())


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_several_drafts_in_one_file(journal: Journal, tmp_path: Path, form: Format) -> None:
    drafts = [make() for make in MAKERS.values()]
    labelled = read_labelled(exported(journal, tmp_path / f"a.{form}", *drafts, form=form))
    assert [one.draft_id for one in verify(labelled, journal) if not one.problems] == [one.id for one in drafts]


def test_front_matter_is_yaml_with_the_field() -> None:
    draft = article_draft()
    _, head, body = formatted([draft], "md").split("---\n", 2)
    assert yaml.safe_load(head)["AIGC"] == metadata(draft)
    assert body.startswith("\n# ")
    assert body.rstrip().endswith("*本文由 AI 辅助生成（离线模板）*")


def changed(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8", newline="")


@pytest.mark.parametrize("form", ["md", "html", "json"])
@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("闭馆前两小时", "闭馆前三小时", "摘要"),
        ("不便宜也不贵", "非常便宜", "第 2 节|正文"),
        ("先买一盒放书包里", "先买两盒", "结尾行动"),
    ],
    ids=["digest", "section", "cta"],
)
def test_the_changed_part_is_named(
    journal: Journal, tmp_path: Path, form: Format, old: str, new: str, part: str
) -> None:
    path = exported(journal, tmp_path / f"a.{form}", article_draft(), form=form)
    changed(path, old, new)
    (verdict,) = verify(read_labelled(path), journal)
    assert any(problem.split("改过")[0] in part.split("|") for problem in verdict.problems), verdict.problems


@pytest.mark.parametrize("form", ["md", "html", "json"])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ReservedCode1", "ReservedCode9", "缺少 ReservedCode1"),
        ("sha256:", "sha256:0", "校验码"),
        ("本文由 AI 辅助生成（离线模板）", "本文由小王原创", "看得见的 AI 标识"),
    ],
    ids=["key", "hash", "explicit"],
)
def test_a_spoilt_label_is_found(
    journal: Journal, tmp_path: Path, form: Format, old: str, new: str, message: str
) -> None:
    path = exported(journal, tmp_path / f"a.{form}", article_draft(), form=form)
    changed(path, old, new)
    (verdict,) = verify(read_labelled(path), journal)
    assert any(message in problem for problem in verdict.problems), verdict.problems


def test_missing_and_foreign_labels(journal: Journal, tmp_path: Path) -> None:
    path = exported(journal, tmp_path / "a.md", article_draft(), form="md")
    with closing(Journal.open(Workspace(tmp_path / "别处"))) as other:
        assert "没有对应的稿子" in verify(read_labelled(path), other)[0].problems[0]
    path.write_text("# 只有正文\n", encoding="utf-8")
    assert "没有 AIGC 隐式标识" in verify(read_labelled(path), journal)[0].problems[0]
    plain = tmp_path / "a.txt"
    plain.write_text("正文", encoding="utf-8")
    assert "纯文本" in verify(read_labelled(plain), journal)[0].problems[0]
    with pytest.raises(BadInputError, match="认不得这种文件"):
        read_labelled(tmp_path / "a.psd")


def test_a_seal_finds_what_no_field_shows(journal: Journal, tmp_path: Path) -> None:
    path = exported(journal, tmp_path / "a.html", article_draft(), form="html")
    changed(path, "检查通过", "已获认证", 1)
    assert "封签" in verify(read_labelled(path), journal)[0].problems[0]
    crlf = exported(journal, tmp_path / "b.html", article_draft(), form="html")
    crlf.write_bytes(crlf.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(read_labelled(crlf), journal)[0].problems == ()


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_personal_data_filled_back_in_is_no_change(journal: Journal, tmp_path: Path, form: Format) -> None:
    copy = ReplyCopy(text="好的，我们会打〔手机号1〕联系您，请留意。")
    draft = replace(reply_draft(), copy=copy)
    journal.save(draft)
    path = tmp_path / f"a.{form}"
    path.write_text(formatted([draft], form, lambda text: text.replace("〔手机号1〕", "13812345678")), encoding="utf-8")
    (verdict,) = verify(read_labelled(path), journal)
    assert verdict.problems == (), verdict.problems


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 7), (200, 30, 30)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_images_carry_the_field_and_keep_their_pixels(journal: Journal, tmp_path: Path, kind: str) -> None:
    draft = article_draft()
    journal.save(draft)
    plain = picture(kind)
    assert read_image(plain) is None
    once = embed_image(plain, metadata(draft))
    twice = embed_image(once, metadata(draft))
    assert once == twice
    assert read_image(once) == metadata(draft)
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(once)) as after:
        assert before.tobytes() == after.tobytes()
        xmp = after.getxmp()
    assert json.loads(xmp["xmpmeta"]["RDF"]["Description"]["AIGC"]) == metadata(draft)
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(once)
    assert verify(read_labelled(path), journal)[0].problems == ()


@pytest.mark.parametrize(
    "data", [b"GIF89a", b"", picture("PNG")[:40], picture("JPEG")[:30]], ids=["gif", "empty", "png", "jpg"]
)
def test_broken_images_are_explained(data: bytes) -> None:
    with pytest.raises(BadInputError):
        embed_image(data, metadata(article_draft()), "a.png")


@pytest.mark.parametrize(("spare", "found"), [(0, True), (10, True), (60, False)])
def test_a_reply_keeps_room_for_its_label(spare: int, found: bool) -> None:
    limit = 2048
    text = "好" * ((limit - spare) // 3)
    assert utf8_length(text) <= limit
    draft = replace(reply_draft(), copy=ReplyCopy(text=text))
    findings = check_label(ReplyCopy(text=text), draft.brief, CONTEXT)
    assert bool(findings) is found
    if not found:
        assert utf8_length(labelled_text(draft)) <= limit
    assert not check_label(ReplyCopy(text="好" * 700), draft.brief, CONTEXT)


def test_an_ad_counts_no_label() -> None:
    draft = moments_draft()
    assert not inside(draft)
    assert not check_label(draft.copy, draft.brief, CONTEXT)  # type: ignore[arg-type]
