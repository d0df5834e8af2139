"""All pictures that an article names, prepared: what typesetting and publishing put in place of the originals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agent.channels.images.errors import ImageError
from agent.channels.images.fetch import Fetcher
from agent.channels.images.prepare import Prepared, prepare
from agent.channels.images.source import Source, read_source
from knowledge_base.errors import BadInputError
from knowledge_base.rules.images import image_rules

_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What became of one picture: either `prepared` or `problem`."""

    source: str
    """As the article wrote it."""
    stem: str = ""
    """Safe as a file name; not unique."""
    prepared: Prepared | None = None
    problem: str = ""
    """Chinese, with the source's name."""
    hint: str = ""


def resolve_all(
    markdown_images: Iterable[str],
    *,
    base: Path,
    target: str = "article",
    fetcher: Fetcher | None = None,
    label: Mapping[str, str] | None = None,
) -> dict[str, Resolved]:
    """By source, in the order of their first use. A picture that fails is a problem, never an exception.

    `markdown_images`: the `src` of each image. `base`: the article's folder, outside of which nothing is read: whoever
    wrote the article need not be who runs this. `label`: an AIGC field for pictures that are part of a machine-made
    whole; a label they carry already stays in any case.
    """
    wanted = list(dict.fromkeys(markdown_images))
    chosen, getter = image_rules().target(target), fetcher or Fetcher()

    def read(source: str) -> Source | ImageError:
        try:
            return read_source(source, base=base, fetcher=getter, confined=True)
        except ImageError as error:
            return error

    # Only reading waits for others; pictures are decoded one after the other, since one can take a lot of memory.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = {}
        for source, got in zip(wanted, pool.map(read, wanted), strict=True):
            if isinstance(got, ImageError):
                found[source] = Resolved(source=source, problem=got.message, hint=got.hint)
                continue
            try:
                prepared = prepare(got.data, chosen, got.shown, label=label)
            except BadInputError as error:
                found[source] = Resolved(source=source, stem=got.stem, problem=error.message, hint=error.hint)
            else:
                found[source] = Resolved(source=source, stem=got.stem, prepared=prepared)
    return found
