"""The what-if page: a case, what is changed in it, and the answers beside each other.

What is changed and what follows from it is worked out in plain modules; those whose names end in ``view``, `controls`
and `page` draw widgets and nothing else.
"""
