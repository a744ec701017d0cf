"""The same funnel in other tools: the reference case played by plain Python, numpy, SimPy and Ciw.

Every peer is a function that prepares itself for a `Funnel` and returns another, which plays trials and returns
(trial, month) numbers of wins. `law` tells whether what came out has the law of the case.
"""
