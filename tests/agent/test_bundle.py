"""A bundle holds everything, proves itself without the journal, and gives the same bytes for the same draft."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings

from agent.bundle import bundle_bytes, write_bundle
from agent.bundle_verify import verify_bundle
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.ids import new_id
from agent.journal import Journal
from agent.model import Message, prompt_sha256
from agent.storage.reviews import Review
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.agent.drafts import COFFEE, DRAFTS, article_draft, moments_draft

MESSAGES = (Message("system", "你是文案"), Message("user", "写一条"))


def reviewed(draft: Draft) -> Review:
    return Review(
        id=new_id("v"),
        draft_id=draft.id,
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
        verdict="approve",
        name="李雷",
        role="法务",
        content_sha256=copy_sha256(draft.copy),
    )


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    draft = article_draft()
    path = tmp_path / "存证.zip"
    sha256 = write_bundle(draft, path, reviews=[reviewed(draft)], rules={"law": "abc"})
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return path


def test_it_proves_itself(bundle: Path) -> None:
    id, problems = verify_bundle(bundle)
    assert id.startswith("d_")
    assert problems == ()


def test_it_holds_what_a_regulator_asks_for(bundle: Path) -> None:
    with ZipFile(bundle) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sources = {one["id"]: one for one in json.loads(parts["sources.json"])}
    assert sources["coffee-01"]["file"] == "products.csv"
    assert len(sources["coffee-01"]["sha256"]) == 64
    (attempt,) = json.loads(parts["prompts.json"])
    assert (attempt["template_id"], attempt["template_sha256"], attempt["model"]) == ("moments/ad", "t" * 64, "offline")
    assert json.loads(parts["reviews.json"])[0]["name"] == "李雷"
    assert json.loads(parts["rules.json"]) == {"law": "abc"}
    assert json.loads(parts["label.json"])["AIGC"]["Label"] == "1"
    assert "三年" in parts["README.txt"]
    assert "本文由 AI 辅助生成" in parts["copy.md"]
    assert COFFEE.name in parts["draft.json"]


def test_the_sums_suit_other_tools(bundle: Path, tmp_path: Path) -> None:
    with ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "x")
    for line in (tmp_path / "x" / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        sha256, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "x" / name).read_bytes()).hexdigest() == sha256


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    with closing(Journal.open(Workspace(tmp_path))) as journal:
        draft = moments_draft()
        journal.save(draft)
        mine = bundle_bytes(journal.get(draft.id), rules=journal.rules(draft.id))
        assert set(journal.rules(draft.id)) == {"law", "channels", "labels", "checks"}
    code = (
        "import sys, hashlib; from pathlib import Path\n"
        "from agent.bundle import bundle_bytes; from agent.journal import Journal\n"
        "from knowledge_base.workspace import Workspace\n"
        "j = Journal.open(Workspace(Path(sys.argv[1]))); d = j.get('last')\n"
        "print(hashlib.sha256(bundle_bytes(d, rules=j.rules(d.id))).hexdigest()); j.close()"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(mine).hexdigest()


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None], *, sums: bool) -> None:
    """Changes parts; with `sums`, as somebody would who also mends manifest and sums."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    if sums:
        manifest = json.loads(parts["manifest.json"])
        for one in manifest["parts"]:
            one["sha256"] = hashlib.sha256(parts[one["path"]]).hexdigest()
        parts["manifest.json"] = json.dumps(manifest).encode()
        kept = sorted((name, content) for name, content in parts.items() if name != "SHA256SUMS")
        parts["SHA256SUMS"] = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in kept).encode()
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def swap(name: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old.encode() in parts[name]
        parts[name] = parts[name].replace(old.encode(), new.encode())

    return change


@pytest.mark.parametrize(
    ("change", "sums", "problem"),
    [
        (swap("reviews.json", "李雷", "王芳"), False, "reviews.json 改过"),
        (swap("draft.json", "不便宜也不贵", "非常便宜"), False, "draft.json 改过"),
        (lambda parts: parts.pop("findings.json"), False, "少了 findings.json"),
        (lambda parts: parts.update({"额外.txt": b"x"}), False, "多了 额外.txt"),
        (lambda parts: parts.pop("SHA256SUMS"), False, "少了 SHA256SUMS"),
        (swap("draft.json", "不便宜也不贵", "非常便宜"), True, "文案和 manifest.json 的哈希对不上"),
        (swap("draft.json", '"price": "69"', '"price": "59"'), True, "sources.json 里的资料"),
        (swap("label.json", '"Label": "1"', '"Label": "3"'), True, "label.json 和稿子对不上"),
        (swap("prompts.json", '"offline"', '"gpt"'), True, "prompts.json 的"),
        (swap("draft.json", '"context"', '"kontext"'), True, "内容的结构不对"),
    ],
    ids=["review", "copy", "gone", "more", "no sums", "copy+", "price+", "label+", "model+", "broken+"],
)
def test_changes_are_found_and_the_part_named(
    bundle: Path, change: Callable[[dict[str, bytes]], None], sums: bool, problem: str
) -> None:
    rewrite(bundle, change, sums=sums)
    assert any(problem in one for one in verify_bundle(bundle)[1]), verify_bundle(bundle)[1]


def test_kept_messages_must_hash_to_what_was_sent(tmp_path: Path) -> None:
    draft = moments_draft()
    sent = bundle_bytes(draft, messages=[MESSAGES])
    path = tmp_path / "a.zip"
    path.write_bytes(sent)
    assert draft.attempts[0].prompt_sha256 != prompt_sha256(MESSAGES)
    assert "提示词哈希对不上" in verify_bundle(path)[1][0]


def test_what_was_sent_is_made_again_and_proved(sample_dir: Path, wenan: Callable[..., Any]) -> None:
    assert wenan("moments", "-p", "燕麦脆", "-P", "新手妈妈", "--seed", "3", "--today", "2026-11-22").code == 0
    assert wenan("log", "export", "last", "--bundle", "--out", "存证.zip").code == 0
    with ZipFile("存证.zip") as archive:
        (messages,) = json.loads(archive.read("messages.json"))
    assert "燕麦脆" in messages[-1]["content"]
    assert verify_bundle(Path("存证.zip"))[1] == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"plain"], ids=["empty", "cut", "text"])
def test_what_is_no_bundle_is_explained(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"a\.zip"):
        verify_bundle(path)


@settings(max_examples=25, deadline=None)
@given(DRAFTS)
def test_any_draft_gives_a_bundle_that_proves_itself(tmp_path_factory: pytest.TempPathFactory, draft: Draft) -> None:
    path = tmp_path_factory.mktemp("b") / "a.zip"
    write_bundle(draft, path)
    assert verify_bundle(path) == (draft.id, ())
