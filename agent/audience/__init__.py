"""What drafts, or calls a model, from audience data. The numbers themselves are knowledge_base/audience's.

persona_commands.py   wenan audience personas
persona_build.py      segments -> cards -> persona file -> knowledge base
persona_phrase.py     a card in a model's words, checked against its numbers
choice.py             --persona segment:3 and --product auto
watch/                wenan audience watch: triggers to drafts in the review queue
demo.py, steps.py     wenan audience demo: exports to a draft on an invented shop, with the time of each step
"""
