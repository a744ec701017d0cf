"""WORDS: the frozen nouns a case is made of. They are checked when made and import nothing scientific."""
