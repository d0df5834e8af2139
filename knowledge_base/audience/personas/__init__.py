"""Segments as persona cards: what can be said of each group, with the numbers behind every statement.

segmenting.py  finds and keeps the segments, numbered
profile.py     what the data say of each segment, as numbers; nothing about fewer than k people
moments.py     when they are there, as hours and as words for hours
interests.py   what they look at and buy
talk.py        what they write about
reach.py       how often what was sent is opened, by channel and hour
phrasing.yaml  which numbers make which sentence; phrasing.py makes them
card.py        Figure, Statement, PersonaCard
identity.py    segment 3 stays segment 3 when segments are made anew
picks.py       the products recommended to each segment
merge.py       three-way merge of persona cards; people's edits stay
yaml_file.py   the file that people edit
keep.py        what is kept in the workspace between builds
build.py       all of it in order
"""
