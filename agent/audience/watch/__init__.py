"""`wenan audience watch`: hits become briefs, briefs become drafts that people review. Nothing is ever sent.

briefs.py    hit + rule -> Brief: persona, product, channel
drafts.py    one draft a hit, however often the program is stopped
sources.py   what the rules need to know: consent, complaints, birthdays
watcher.py   the stream read, hits found, drafts made, over and over
view.py      lines for people, lines of JSON for programs
"""
