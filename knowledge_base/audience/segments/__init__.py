"""Groups of people who behave alike, none smaller than k, each described by what sets it apart.

matrix.py      a frame of features -> standardised numbers
kmeans.py      K-means for every k, with silhouette and stability
density.py     HDBSCAN for odd shapes
cluster.py     which of the two, which k; groups below k people merged or dropped
describe.py    effect sizes: what distinguishes a segment
phrases.py     typical sequences of actions and words
segment.py     all of it in order: `segment` -> Segments
"""
