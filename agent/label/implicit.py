"""The label that machines read: the AIGC field of GB 45438-2025, and how HTML and Markdown carry it."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence

from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.label.explicit import label_text
from knowledge_base.rules.ai_labels import metadata_rule

Metadata = Mapping[str, str]
KEYS = (
    "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
)  # fmt: skip
SEAL = "wenan-seal"
"""Name of the HTML meta tag with the hash of the whole page, itself blanked."""
EXPLICIT = "AI标识"
"""Front matter key for the words of the explicit label, which an ad's text has no room for."""
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_SEAL_TAG = '<meta name="{name}" content="{value}">'
_NO_HASH = "sha256:" + "0" * 64


def metadata(draft: Draft) -> dict[str, str]:
    """The seven keys in the standard's order.

    ProduceID is the draft's id in the journal; ReservedCode1, which the standard leaves to the producer for integrity,
    is the hash of the copy. The propagator's keys stay empty: they belong to the platform that spreads the text.
    """
    rule = metadata_rule()
    content = copy_sha256(draft.copy)
    writer = "离线模板" if draft.offline else draft.model
    return dict(
        zip(
            KEYS,
            (rule.label, f"{rule.producer}/{writer}", draft.id, f"sha256:{content}" if content else "", "", "", ""),
            strict=True,
        )
    )


def embed_html(page: str, drafts: Sequence[Draft], *, seal: bool = True) -> str:
    """`page` with a meta tag a draft at the start of its head, and a seal over the whole page.

    Pages that people fill in take no seal. A page without a head is given one.
    """
    key = metadata_rule().key
    tags = [f'<meta name="{key}" content="{html.escape(_json(metadata(draft)))}">' for draft in drafts]
    if seal:
        tags.append(_SEAL_TAG.format(name=SEAL, value=_NO_HASH))
    head = _HEAD.search(page)
    block = "\n" + "\n".join(tags)
    whole = page[: head.end()] + block + page[head.end() :] if head else f"<head>{block}\n</head>\n{page}"
    return whole.replace(_NO_HASH, seal_of(whole), 1) if seal else whole


def seal_of(page: str) -> str:
    """What the seal of a page must say, whatever it says now. Line endings do not count: editors change them."""
    blank = re.sub(rf'(name="{SEAL}" content=")[^"]*', rf"\g<1>{_NO_HASH}", page, count=1)
    return "sha256:" + hashlib.sha256(blank.replace("\r\n", "\n").encode("utf-8", "replace")).hexdigest()


def embed_markdown(text: str, drafts: Sequence[Draft]) -> str:
    """`text` below YAML front matter: the AIGC field, a list when there are several drafts; and the labels' words."""
    labels = dict.fromkeys(label_text(draft) for draft in drafts if draft.copy is not None)
    lines = ["---", f"{EXPLICIT}: {_json('；'.join(labels))}", f"{metadata_rule().key}:"]
    for draft in drafts:
        pairs = [f"{key}: {_json(value)}" for key, value in metadata(draft).items()]
        first, rest = ("  - ", "    ") if len(drafts) > 1 else ("  ", "  ")
        lines += [f"{first if i == 0 else rest}{pair}" for i, pair in enumerate(pairs)]
    return "\n".join((*lines, "---", "", text))


def _json(value: Metadata | str) -> str:
    """JSON is YAML too."""
    return json.dumps(value, ensure_ascii=False)
