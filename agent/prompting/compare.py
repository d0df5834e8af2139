"""Two templates side by side: their text and what they make of the same job."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from agent.model import Prompt
from agent.prompting.template import Template


def full_text(template: Template) -> list[tuple[str, str]]:
    """Every file of a template as (title, text): itself first, then includes and schema by their path."""
    first, *others = template.parts
    return [(f"{template.matter.id}.j2", first.text), *((part.name, part.text) for part in others)]


def source_diff(old: Template, new: Template, old_name: str, new_name: str) -> Iterator[str]:
    """Unified diff of the templates and of everything they include, file by file."""
    before, after = full_text(old), full_text(new)
    # The templates themselves are compared with each other whatever they are called.
    pairs = [(before[0][0], before[0][1], after[0][1])]
    old_files, new_files = dict(before[1:]), dict(after[1:])
    names = [*old_files, *(name for name in new_files if name not in old_files)]
    pairs += [(name, old_files.get(name, ""), new_files.get(name, "")) for name in names]
    for name, was, now in pairs:
        yield from _diff(was, now, f"{old_name} {name}", f"{new_name} {name}")


def prompt_diff(old: Prompt, new: Prompt, old_name: str, new_name: str) -> Iterator[str]:
    """Unified diff of the rendered messages."""
    yield from _diff(prompt_text(old), prompt_text(new), f"{old_name} 渲染", f"{new_name} 渲染")


def prompt_text(prompt: Prompt) -> str:
    """All messages as one text for people."""
    return "\n".join(f"── {message.role} ──\n{message.content}\n" for message in prompt.messages)


def _diff(was: str, now: str, old_name: str, new_name: str) -> Iterator[str]:
    if was != now:
        yield from difflib.unified_diff(was.splitlines(), now.splitlines(), old_name, new_name, lineterm="", n=2)
