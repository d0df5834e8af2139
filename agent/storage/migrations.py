"""The journal's tables, as numbered steps. Append only: a step that has shipped is never edited."""

from __future__ import annotations

import sqlite3

STEPS: tuple[tuple[str, str], ...] = (
    (
        "drafts, attempts, finals",
        """
        CREATE TABLE drafts (
            id TEXT PRIMARY KEY,
            created_at TEXT NOT NULL,           -- UTC, microseconds: text order is time order
            channel TEXT NOT NULL,
            form TEXT NOT NULL,
            brand TEXT NOT NULL,
            persona TEXT NOT NULL,
            goal TEXT NOT NULL,
            origin TEXT NOT NULL,
            status TEXT NOT NULL,               -- ok | blocked | unparsable
            model TEXT NOT NULL,
            offline INTEGER NOT NULL,
            parent TEXT REFERENCES drafts(id),  -- the draft this one revises
            version INTEGER NOT NULL,
            headline TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cost TEXT,                          -- decimal yuan; NULL when no price is known
            latency REAL NOT NULL,              -- seconds, all attempts
            kb_version TEXT NOT NULL,
            content_sha256 TEXT NOT NULL,       -- of the copy's plain JSON; a later approval names it
            brief TEXT NOT NULL,
            context TEXT NOT NULL,
            copy TEXT,
            findings TEXT NOT NULL
        );
        CREATE INDEX drafts_by_time ON drafts(created_at);
        CREATE INDEX drafts_by_persona ON drafts(persona, id);
        CREATE INDEX drafts_by_parent ON drafts(parent) WHERE parent IS NOT NULL;

        CREATE TABLE draft_products (
            draft_id TEXT NOT NULL REFERENCES drafts(id),
            position INTEGER NOT NULL,
            product_id TEXT NOT NULL,
            persona TEXT NOT NULL,              -- repeated here, so that neighbours are one index range
            PRIMARY KEY (draft_id, position)
        ) WITHOUT ROWID;
        CREATE INDEX products_by_persona ON draft_products(product_id, persona, draft_id);
        CREATE INDEX products_by_draft ON draft_products(product_id, draft_id);

        -- draft_id is NULL between the request and the draft: an attempt is written before its answer exists.
        CREATE TABLE attempts (
            id TEXT PRIMARY KEY,
            draft_id TEXT REFERENCES drafts(id),
            ordinal INTEGER NOT NULL,
            state TEXT NOT NULL,                -- sent | answered | failed
            sent_at TEXT NOT NULL,
            settled_at TEXT,
            template_id TEXT NOT NULL,
            template_version TEXT NOT NULL,
            template_sha256 TEXT NOT NULL,
            prompt_sha256 TEXT NOT NULL,
            model TEXT NOT NULL,
            raw TEXT NOT NULL,
            findings TEXT NOT NULL,
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cost TEXT,
            latency REAL NOT NULL,
            error TEXT NOT NULL
        );
        CREATE INDEX attempts_by_draft ON attempts(draft_id, ordinal);
        CREATE INDEX attempts_unsettled ON attempts(state) WHERE state = 'sent';

        CREATE TABLE finals (
            id TEXT PRIMARY KEY,
            draft_id TEXT NOT NULL REFERENCES drafts(id),
            recorded_at TEXT NOT NULL,
            text TEXT NOT NULL,
            sha256 TEXT NOT NULL
        );
        CREATE INDEX finals_by_draft ON finals(draft_id, id);

        -- What search looks at, one row a text, never changed: the copy of each draft and each published text.
        CREATE TABLE texts (
            number INTEGER PRIMARY KEY,
            draft_id TEXT NOT NULL REFERENCES drafts(id),
            text TEXT NOT NULL
        );
        CREATE INDEX texts_by_draft ON texts(draft_id);
        """,
    ),
    (
        "reviews; the rules a draft was checked by",
        """
        CREATE TABLE reviews (
            id TEXT PRIMARY KEY,
            draft_id TEXT NOT NULL REFERENCES drafts(id),
            recorded_at TEXT NOT NULL,
            verdict TEXT NOT NULL,              -- approve | changes | reject
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            comment TEXT NOT NULL,
            content_sha256 TEXT NOT NULL,       -- agent.fingerprint of the copy the reviewer saw
            origin TEXT NOT NULL                -- cli | docx | html | text
        );
        CREATE INDEX reviews_by_draft ON reviews(draft_id, id);
        ALTER TABLE drafts ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';  -- JSON: rule set -> version when saved
        """,
    ),
    (
        "campaigns and their units",
        """
        CREATE TABLE campaigns (
            id TEXT PRIMARY KEY,                -- agent.campaign.plan_file.campaign_id of the name
            name TEXT NOT NULL,
            created_at TEXT NOT NULL,
            planned_at TEXT NOT NULL,           -- when the plan was last written here
            plan TEXT NOT NULL,                 -- the plan file's values, JSON
            plan_sha256 TEXT NOT NULL,
            cancelled INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE units (
            key TEXT PRIMARY KEY,               -- sha256 of everything that shapes the copy
            campaign TEXT NOT NULL REFERENCES campaigns(id),
            number INTEGER NOT NULL,            -- order of work
            values_json TEXT NOT NULL,          -- agent.campaign.units.Unit without its key
            product TEXT NOT NULL,
            persona TEXT NOT NULL,
            angle TEXT NOT NULL,
            form TEXT NOT NULL,
            state TEXT NOT NULL,                -- planned | running | drafted | passed | needs_review | failed
            retired INTEGER NOT NULL DEFAULT 0, -- no longer in the plan; what was made for it stays
            owner TEXT NOT NULL DEFAULT '',     -- process that is working on it
            draft_id TEXT,                      -- promised when claimed, a row of drafts once settled
            tries INTEGER NOT NULL DEFAULT 0,
            round INTEGER NOT NULL DEFAULT 0,   -- how often it was sent back to be written anew
            reason TEXT NOT NULL DEFAULT '',    -- why it failed or needs a person: type of error or rule
            message TEXT NOT NULL DEFAULT '',
            settled_at TEXT
        ) WITHOUT ROWID;
        CREATE INDEX units_by_state ON units(campaign, retired, state, tries, number);
        CREATE INDEX units_by_draft ON units(draft_id) WHERE draft_id IS NOT NULL;
        ALTER TABLE attempts ADD COLUMN unit TEXT;
        ALTER TABLE attempts ADD COLUMN slot TEXT NOT NULL DEFAULT '';  -- which call of the unit: round.stage.try
        ALTER TABLE attempts ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE attempts ADD COLUMN finish_reason TEXT NOT NULL DEFAULT '';
        CREATE INDEX attempts_by_unit ON attempts(unit, slot) WHERE unit IS NOT NULL;
        """,
    ),
    (
        "batches of calls handed in as one file",
        """
        CREATE TABLE batches (
            id TEXT PRIMARY KEY,                -- ours; the platform's copy carries it in its metadata
            campaign TEXT NOT NULL REFERENCES campaigns(id),
            model TEXT NOT NULL,                -- full name of the profile
            state TEXT NOT NULL,                -- building | uploaded | creating | running | merged | failed
            input_file TEXT NOT NULL DEFAULT '',
            remote TEXT NOT NULL DEFAULT '',    -- the platform's id of the batch
            created_at TEXT NOT NULL,
            settled_at TEXT,
            requests INTEGER NOT NULL DEFAULT 0,
            error TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX batches_open ON batches(campaign, state);
        ALTER TABLE attempts ADD COLUMN batch TEXT;
        CREATE INDEX attempts_by_batch ON attempts(batch) WHERE batch IS NOT NULL;
        """,
    ),
)

# Derived and rebuildable, so not a migration: an SQLite without FTS5 or its trigram tokenizer still keeps the journal.
SEARCH_INDEX = """
CREATE VIRTUAL TABLE IF NOT EXISTS texts_index
USING fts5(text, content='texts', content_rowid='number', tokenize='trigram')
"""
SEARCH_CATCH_UP = """
INSERT INTO texts_index(rowid, text)
SELECT number, text FROM texts WHERE number > COALESCE((SELECT MAX(id) FROM texts_index_docsize), 0)
"""


class NewerJournalError(Exception):
    """The file was written by a later wenan."""


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the file to the newest step, each step in its own transaction; safe when two processes start at once.

    Raises NewerJournalError when the file knows steps that this program does not.
    """
    if _done(connection) == len(STEPS):
        return
    if _done(connection) > len(STEPS):
        raise NewerJournalError
    for number, (_, script) in enumerate(STEPS, 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have taken this step while we waited for the lock.
            if _done(connection) < number:
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def open_search_index(connection: sqlite3.Connection) -> bool:
    """Creates and completes the full-text index; False when this SQLite cannot."""
    try:
        connection.execute(SEARCH_INDEX)
        connection.execute(SEARCH_CATCH_UP)
    except sqlite3.OperationalError as error:
        if "no such module" in str(error) or "no such tokenizer" in str(error):
            return False
        raise
    return True


def _done(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def _statements(script: str) -> list[str]:
    """The single statements of a script; `executescript` would commit the open transaction."""
    found, current = [], ""
    for line in script.splitlines():
        current += line + "\n"
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found
