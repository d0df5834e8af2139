"""What a node and the run say to each other while a chunk of units is drafted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.brief import Brief
from agent.campaign.calls import Asked
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.rows import Claim
from agent.campaign.unit_work import Composed
from agent.context import Context
from agent.copies import Copy
from agent.draft import Draft
from agent.model import Completion
from agent.models.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What every chunk of a run needs, since nodes see neither the workspace nor its environment."""

    version: str
    """Of wenan; nodes with another one draft nothing."""
    plan: CampaignPlan
    profiles: tuple[Profile, ...]
    keys: tuple[str, ...] = field(repr=False)
    """API keys of the profiles, in order; empty for models that have none."""
    templates: tuple[tuple[str, str], ...]
    """(path below prompts/, text) of the workspace's own templates."""
    budget: int
    """Tokens of knowledge that a prompt may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Units that one task drafts side by side, with all the knowledge they lean on."""

    id: int
    claims: tuple[Claim, ...]
    contexts: Mapping[Brief, Context]


@dataclass(frozen=True, slots=True)
class Packed:
    """An explained error on its way. Its own `__init__` is not called again: every kind takes other arguments."""

    kind: type[BaseException]
    args: tuple[Any, ...]
    state: Mapping[str, Any]

    @classmethod
    def of(cls, error: BaseException) -> Packed:
        return cls(type(error), error.args, dict(vars(error)))

    def error(self) -> BaseException:
        made = self.kind.__new__(self.kind, *self.args)
        vars(made).update(self.state)
        return made


@dataclass(frozen=True, slots=True)
class Opening:
    """A unit wants to call model `number`. Answered with the call's number when its turn has come."""

    number: int
    asked: Asked
    last: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """A request is about to leave. Answered once its row is committed."""

    call: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The request that was last announced brought no answer."""

    call: int
    error: Packed


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. Its attempt's id comes back once it is committed; the call is over then."""

    call: int
    completion: Completion


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A call ended without an answer."""

    call: int
    error: Packed


@dataclass(frozen=True, slots=True)
class Heard:
    """Headers of an answer that tell a platform's limits. Nobody waits for a reply."""

    number: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Compare:
    """What is this draft too alike to?"""

    draft_id: str
    copy: Copy


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of these drafts is the best?"""

    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a unit."""

    key: str
    outcome: Composed | Packed


Message = Opening | Sending | Refused | Answered | GivenUp | Heard | Compare | Pick | Finished
