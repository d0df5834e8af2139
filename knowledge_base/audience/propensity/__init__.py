"""How likely each person is to buy soon: seven kinds of model used only where one beats plain rules.

examples.py     a frame of features -> numbers that models take, the outcome, who and when
leaks.py        features that cannot have been known before the outcome
folds.py        what is fitted on and what is checked on: earlier on later where there is time
models.py       the kinds of model
propensity.py   one fitted model: fit, predict_proba, explain
calibrate.py    scores -> probabilities
scores.py       AUC, F1, recall, lift, calibration error, Brier, with intervals over people
baselines.py    the plain rules that a model must beat
choose.py       all of it in order: `train` -> model and card
snapshots.py    a workspace's people at several past moments, with whether they bought after
table.py        any table of one's own
keep.py         a model in the workspace: card, predictions, reasons
files.py        a model on disk, without pickle
"""
