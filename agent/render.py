"""Brief and context -> the exact messages a model will read, with the data blocks they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent.brief import Brief
from agent.context import Context
from agent.finding import Finding
from agent.model import Prompt
from agent.prompting.explain import explained
from agent.prompting.fence import split
from agent.prompting.template import SUFFIX, Library, Template, library, wrong_channel
from agent.prompting.values import VARIABLES, prompt_values
from agent.tokens import TokenCounter
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.workspace import Workspace

DEFAULTS = {
    "article": "article/article",
    "ad": "moments/ad",
    "post": "moments/post",
    "service": "reply/service",
    "comment": "reply/comment",
}
FindTemplate = Callable[[str, Workspace], Template]
"""(reference, workspace) -> the template; see `render` for the forms of a reference."""

# Chat formats spend about four tokens a message on the role and separators (OpenAI's published counting recipe).
MESSAGE_TOKENS = 4


def render(
    template: str | None,
    brief: Brief,
    context: Context,
    *,
    workspace: Workspace,
    count: TokenCounter | None = None,
    findings: tuple[Finding, ...] = (),
    parts: Mapping[str, str] | None = None,
    find: FindTemplate | None = None,
) -> Prompt:
    """The prompt that `template` makes of an already fitted context.

    `template` is None for the default of the brief's form, an id (`moments/ad`), an id with version (`moments/ad@2`),
    `shipped:ID` (whatever the workspace overrides), `workspace:ID` (the same as `ID`), or the path of a .j2 file.
    `findings` are what kept the last attempt from leaving. `parts` (field name -> current text) asks for these fields
    only, the rest staying as it is. `count` fills in `tokens`; leave it out where nobody asks, counting takes longer
    than rendering. `find` is `find_template` unless a run holds its templates (`held_templates`).

    Raises BadInputError for a broken template (file, line, reason; all undeclared and missing variables together),
    UnknownIdError for one that does not exist, UsageError for one of another channel.
    """
    chosen = (find or find_template)(template or DEFAULTS[brief.form], workspace)
    if (chosen.matter.channel, chosen.matter.form) != (brief.channel, brief.form):
        raise wrong_channel(chosen, brief.channel, brief.form)
    return fill(chosen, prompt_values(brief, context, findings, parts), count)


def fill(template: Template, values: Mapping[str, Any], count: TokenCounter | None = None) -> Prompt:
    """Renders one template with `values`; only the declared variables reach it. Raises BadInputError."""
    matter, file = template.matter, template.path.as_posix()
    if problems := variable_problems(template, values):
        raise BadInputError(
            "；".join(problems), file=file, hint="改模板开头的 variables；可用的名字见 prompts/README.md。"
        )
    with explained(file):
        marked = template.compiled.render({name: values[name] for name in matter.variables})
    try:
        messages, blocks = split(marked)
    except ValueError as error:
        raise BadInputError(str(error), file=file, hint="把它放进 {% message %} 里，或改成 {# 注释 #}。") from error
    if not any(message.role == "user" for message in messages):
        raise BadInputError("没有 user 消息", file=file, hint='至少写一段 {% message "user" %}…{% endmessage %}。')
    return Prompt(
        template_id=matter.id,
        version=matter.version,
        sha256=template.sha256,
        messages=messages,
        blocks=blocks,
        schema=template.schema,
        tokens=sum(count.count(message.content) + MESSAGE_TOKENS for message in messages) if count else 0,
    )


def variable_problems(template: Template, values: Mapping[str, Any] = VARIABLES) -> list[str]:
    """Every mismatch between what the template uses, what it declares and what there is."""
    declared = set(template.matter.variables)
    problems = []
    if undeclared := sorted(template.needs - declared):
        problems.append(f"用了但没有声明的变量：{'、'.join(undeclared)}")
    if missing := sorted(declared - values.keys()):
        problems.append(f"声明了但不存在的变量：{'、'.join(missing)}")
    return problems


def find_template(wanted: str, workspace: Workspace) -> Template:
    """The template that a reference means; see `render` for the forms. Raises UnknownIdError or BadInputError."""
    folders = workspace.templates
    layer, _, rest = wanted.partition(":")
    if layer in ("shipped", "workspace") and rest:
        if layer == "shipped":
            return _by_id(rest, library(folders[-1:]), wanted)
        return _by_id(rest, library(folders), wanted)
    if wanted.endswith(SUFFIX):
        path = Path(wanted)
        if path.is_file():
            return library(folders).load_file(path)
        wanted = wanted.removesuffix(SUFFIX)
    return _by_id(wanted, library(folders), wanted)


def held_templates() -> FindTemplate:
    """`find_template` for one run of many drafts: each template stays as it was when the run first asked for it.

    All drafts of a run then rest on the same wording, and nobody looks at thirty files a draft for changes.
    """
    held: dict[tuple[str, Path], Template] = {}

    def find(wanted: str, workspace: Workspace) -> Template:
        key = (wanted, workspace.root)
        if key not in held:
            held[key] = find_template(wanted, workspace)
        return held[key]

    return find


def _by_id(wanted: str, shelf: Library, shown: str) -> Template:
    ident, _, version = wanted.partition("@")
    if not version:
        if shelf.find(ident + SUFFIX):
            return shelf.load(ident + SUFFIX)
        raise _unknown(shown, ident, shelf)
    if shelf.find(wanted + SUFFIX):
        return shelf.load(wanted + SUFFIX)
    # The version may be the one that stands in a folder further back, hidden by an override.
    for end in range(len(shelf.folders)):
        behind = library(shelf.folders[end:])
        if behind.find(ident + SUFFIX) and (found := behind.load(ident + SUFFIX)).matter.version == version:
            return found
    raise _unknown(shown, ident, shelf)


def _unknown(wanted: str, ident: str, shelf: Library) -> UnknownIdError:
    names = [name.removesuffix(SUFFIX) for name in shelf.names()]
    alike = sorted(names, key=lambda name: (name.partition("@")[0] != ident, -len({*name} & {*ident}), name))
    return UnknownIdError("模板", wanted, tuple(alike[:3]))
