"""Campaigns: many drafts from one plan, each made exactly once, within budget, over any number of interruptions."""
