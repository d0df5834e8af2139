"""What a visitor does next: a Markov chain as the plain rule, gradient boosting on recent actions if it beats it.

steps.py     events -> visits -> one row a step: what was done so far, what came next
markov.py    order 2 backing off to order 1 and 0
recent.py    gradient boosting on the last actions, the visit so far and the past
choose.py    both compared on later steps; the chain stays unless boosting surely wins

A recurrent network is not built: it would have to beat both on a shop's own data, and most shops have too few visits.
"""
