"""Real-time triggers: events in, hits out; what is written for a hit is another room's matter.

spans.py       durations, the shop's clock, quiet hours
rules.py       rules as values; rule_file.py reads them from YAML
lines.py       one line of JSON -> Event
follow.py      a growing file, rotated or cut short; pipe.py a stream
person.py      what is remembered of one person
machine.py     one person's events and timers -> hits: pure, in order of event time
waiting.py     late and out-of-order events: kept until the watermark has passed them
people.py      many persons, in SQLite, a few in memory
engine.py      all of it in one transaction a batch, the place in the input with it
admission.py   who agreed to the purpose
rights.py      forgetting and explaining
"""
