"""What a visitor does next: a Markov chain as the plain rule; what is more has to win on later steps to be used.

steps.py         events -> visits -> one row a step: what was done so far, what came next
markov.py        order 2 backing off to order 1 and 0
recent.py        gradient boosting on the last actions, the visit so far and the past
history.py       a person's whole history as a recurrent network reads it, in pieces of bounded length
gru.py           the network, reckoned with numpy alone
gru_training.py  its weights learnt with torch (`wenan[deep]`), within a bound of work
returning.py     what people do first when they come back
compare.py       figures of all ways on the same later steps
choose.py        the chain stays unless boosting surely wins; the network has to beat both
predictor.py     what was chosen; files.py keeps it, keep.py with its card in the workspace
foretell.py      what each person does next, what a segment will probably do
exports.py       tables of predictions written for people, and a forgotten person's rows taken out of them
"""
