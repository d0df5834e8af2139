"""Rendering: the right template, exactly the declared data, and a hash of everything that shaped the prompt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from agent.brief import ANGLES, Form
from agent.model import Block, Prompt
from agent.prompting.sample import BARE, FINDING, PRODUCT, RICH, sample_brief, sample_jobs
from agent.render import DEFAULTS, MESSAGE_TOKENS, find_template, render
from agent.tokens import EstimateCounter
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.rules import formats
from knowledge_base.workspace import SHIPPED_TEMPLATES, Workspace

FORMS: tuple[Form, ...] = ("article", "ad", "post", "service", "comment")
COUNT = EstimateCounter()
HEAD = (
    '---\nid: {id}\nversion: "{version}"\nchannel: moments\nform: ad\nvariables: [{variables}]\n'
    "schema: moments/schema.json\n---\n"
)


def put(workspace: Workspace, name: str, body: str, *, variables: str = "brief", version: str = "7") -> Path:
    """Writes a template (or, without a head, a partial) into the workspace."""
    path = workspace.root / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    ident = name.removesuffix(".j2").partition("@")[0]
    head = "" if "/_" in f"/{name}" else HEAD.format(id=ident, version=version, variables=variables)
    path.write_text(head + body, encoding="utf-8")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def ad(workspace: Workspace, template: str | None = None, **changes: object) -> Prompt:
    brief = sample_brief("ad")
    return render(template, replace(brief, **changes), RICH, workspace=workspace, count=COUNT)  # type: ignore[arg-type]


def user(prompt: Prompt) -> str:
    return prompt.messages[-1].content


def block(prompt: Prompt, name: str) -> Block:
    found = [b for b in prompt.blocks if b.name == name]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("form", FORMS)
def test_shipped_template_renders_every_sample_job(form: Form, workspace: Workspace) -> None:
    for brief, context, findings, parts in sample_jobs(form):
        prompt = render(None, brief, context, workspace=workspace, count=COUNT, findings=findings, parts=parts)
        assert prompt.template_id == DEFAULTS[form]
        assert [message.role for message in prompt.messages] == ["system", "user"]
        assert prompt.schema is not None
        assert prompt.tokens == sum(COUNT.count(m.content) + MESSAGE_TOKENS for m in prompt.messages)
        assert {"brief", "spec", "product"} <= {b.name for b in prompt.blocks}
        assert ("findings" in {b.name for b in prompt.blocks}) == bool(findings)
        assert "None" not in user(prompt)


def test_product_block_follows_the_contract(workspace: Workspace) -> None:
    text = block(ad(workspace), "product").text
    assert text.splitlines()[:6] == [
        "编号：sample-lamp",
        "名称：夹子小夜灯",
        "品牌：sample-brand",
        "品类：家居",
        "价格：59 元（2026-11-01）",
        "规格：",
    ]
    assert "- 重量：86 克" in text
    assert "- 频闪检测报告｜SAMPLE-0001｜示例检测所｜2026-03-05｜可视闪烁指数 0.1" in text
    assert "- 入冬价｜两盏 99 元｜2026-11-20 至 2026-11-30" in text


def test_a_promotion_that_is_over_is_not_shown(workspace: Workspace) -> None:
    assert "旧活动" not in user(ad(workspace))
    assert "旧活动" in user(ad(workspace, today=date(2026, 6, 10)))


def test_absent_fields_are_left_out(workspace: Workspace) -> None:
    prompt = render(None, sample_brief("ad", rich=False), BARE, workspace=workspace, count=COUNT)
    assert block(prompt, "product").text == "编号：sample-bare\n名称：没有资料的商品"
    assert [b.name for b in prompt.blocks] == ["brief", "spec", "product"]


def test_every_angle_gives_another_task(workspace: Workspace) -> None:
    tasks = {user(ad(workspace, angle=angle)) for angle in (*ANGLES, None)}
    assert len(tasks) == len(ANGLES) + 1


def test_every_ad_format_states_its_own_limits(workspace: Workspace) -> None:
    specs = {name: block(ad(workspace, format=name), "spec").text for name in formats("moments", "ad")}
    assert len(set(specs.values())) == len(specs)
    assert "整条写成一行" in user(ad(workspace, format="showcase"))
    assert "整条写成一行" not in user(ad(workspace, format="card-16x9"))


def test_menu_text_is_used_only_when_the_menu_has_it(workspace: Workspace) -> None:
    assert "一字不改" in user(ad(workspace, cta="去逛逛"))
    assert "一字不改" not in user(ad(workspace, cta="来店里坐坐"))


def test_findings_become_mending_orders(workspace: Workspace) -> None:
    finding = replace(FINDING, rewrite="一页书那么亮", field="sections[1].text")
    prompt = render(None, sample_brief("ad"), RICH, workspace=workspace, count=COUNT, findings=(finding,))
    assert block(prompt, "findings").text == "要改：\n- 第 2 节正文里的“极致”：空词，换成动作。 可以换成：一页书那么亮"
    assert "上一稿没过审" in user(prompt)


def test_parts_are_shown_with_their_present_text(workspace: Workspace) -> None:
    prompt = render(None, sample_brief("ad"), RICH, workspace=workspace, count=COUNT, parts={"text": "旧的\n一句"})
    assert block(prompt, "part") == Block("part", "text", "字段：text\n现文：旧的\n  一句")


def test_a_template_without_the_persona_renders_no_persona_block(workspace: Workspace) -> None:
    source = (SHIPPED_TEMPLATES / "moments/ad.j2").read_text(encoding="utf-8")
    put_raw(
        workspace,
        "moments/ad.j2",
        source.replace('{% include "_shared/blocks/persona.j2" %}\n', "").replace(" persona,", ""),
    )
    prompt = ad(workspace)
    assert "persona" not in {b.name for b in prompt.blocks}
    assert "凌晨三点，孩子哼了一声" not in "".join(b.text for b in prompt.blocks if b.name != "past")


def put_raw(workspace: Workspace, name: str, text: str) -> None:
    path = workspace.root / "prompts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_wrong_price_in_a_template_is_in_the_block(workspace: Workspace) -> None:
    put(workspace, "_shared/blocks/products.j2", '{% data "product", products[0].id %}\n价格：1 元\n{% enddata %}\n')
    assert block(ad(workspace), "product").text == "价格：1 元"


def test_workspace_partial_overrides_and_changes_the_hash(workspace: Workspace) -> None:
    before = ad(workspace)
    put(workspace, "_shared/taste.j2", "只写真话。\n")
    after = ad(workspace)
    assert "只写真话。" in after.messages[0].content
    assert after.sha256 != before.sha256
    assert ad(workspace, "shipped:moments/ad").sha256 == before.sha256


def test_a_changed_file_is_read_again(workspace: Workspace) -> None:
    put(workspace, "moments/ad.j2", '{% message "user" %}一{{ brief.variant }}{% endmessage %}')
    assert user(ad(workspace)) == "一1"
    put(workspace, "moments/ad.j2", '{% message "user" %}第二稿{{ brief.variant }}{% endmessage %}')
    assert user(ad(workspace)) == "第二稿1"
    (workspace.root / "prompts/moments/ad.j2").unlink()
    assert ad(workspace).version == "1"


def test_a_version_is_found_beside_and_behind(workspace: Workspace) -> None:
    put(workspace, "moments/ad.j2", '{% message "user" %}七{{ brief.variant }}{% endmessage %}')
    put(workspace, "moments/ad@8.j2", '{% message "user" %}八{{ brief.variant }}{% endmessage %}', version="8")
    assert user(ad(workspace, "moments/ad")) == "七1"
    assert user(ad(workspace, "moments/ad@7")) == "七1"
    assert user(ad(workspace, "moments/ad@8")) == "八1"
    assert ad(workspace, "moments/ad@1").sha256 == ad(workspace, "shipped:moments/ad").sha256
    with pytest.raises(UnknownIdError, match="moments/ad@9"):
        ad(workspace, "moments/ad@9")


def test_a_loose_file_renders_with_the_same_hash(workspace: Workspace, tmp_path: Path) -> None:
    loose = tmp_path / "草稿.j2"
    loose.write_bytes((SHIPPED_TEMPLATES / "moments/ad.j2").read_bytes())
    assert ad(workspace, str(loose)).sha256 == ad(workspace).sha256


@pytest.mark.parametrize("template", ["moments/none", "workspace:moments/none", "shipped:moments/none"])
def test_unknown_templates_suggest_near_ones(template: str, workspace: Workspace) -> None:
    with pytest.raises(UnknownIdError) as caught:
        ad(workspace, template)
    assert "moments/ad" in caught.value.hint


def test_a_template_of_another_channel_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="reply/service"):
        ad(workspace, "reply/service")


def test_missing_and_undeclared_variables_are_named_together(workspace: Workspace) -> None:
    put(workspace, "_shared/extra.j2", "{{ colour }}{{ item }}")
    loop = '{% for item in products %}{% include "_shared/extra.j2" %}{% endfor %}'
    body = f'{{% message "user" %}}{{{{ brand.name }}}}{loop}{{% endmessage %}}'
    put(workspace, "moments/ad.j2", body, variables="mood, weather, products")
    with pytest.raises(BadInputError) as caught:
        ad(workspace)
    assert "用了但没有声明的变量：brand、colour；" in caught.value.message
    assert "声明了但不存在的变量：mood、weather" in caught.value.message
    assert "item" not in caught.value.message


def test_few_shot_messages_keep_their_order(workspace: Workspace) -> None:
    roles = ["system", "user", "assistant", "user"]
    put(
        workspace,
        "moments/ad.j2",
        "".join(f'{{% message "{r}" %}}{{{{ brief.goal }}}}{{% endmessage %}}\n' for r in roles),
    )
    assert [message.role for message in ad(workspace).messages] == roles


def test_macros_and_captures_are_not_indented_twice(workspace: Workspace) -> None:
    body = (
        '{% macro pair(a) %}{% line "甲", a %}{% line "乙", a %}{% endmacro %}'
        '{% message "user" %}{% set kept %}{{ pair(brief.goal) }}{% endset %}'
        '{% data "brief" %}{{ kept }}{% enddata %}{% endmessage %}'
    )
    put(workspace, "moments/ad.j2", body)
    assert block(ad(workspace, goal="一\n二"), "brief").text == "甲：一\n  二\n乙：一\n  二"


def test_crlf_templates_render_alike(workspace: Workspace) -> None:
    source = (SHIPPED_TEMPLATES / "moments/ad.j2").read_bytes().replace(b"\n", b"\r\n")
    path = workspace.root / "prompts/moments/ad.j2"
    path.parent.mkdir(parents=True)
    path.write_bytes(source)
    assert ad(workspace).messages == ad(workspace, "shipped:moments/ad").messages


def test_money_has_no_exponent_and_no_trailing_zeros(workspace: Workspace) -> None:
    context = replace(RICH, products=(replace(PRODUCT, price=Decimal("1E+3"), price_date=None),))
    prompt = render(None, sample_brief("ad"), context, workspace=workspace, count=COUNT)
    assert "价格：1000 元\n" in block(prompt, "product").text


def test_a_template_folder_that_is_missing_is_fine(tmp_path: Path) -> None:
    assert find_template("moments/ad", Workspace(tmp_path / "nowhere")).matter.version == "1"
