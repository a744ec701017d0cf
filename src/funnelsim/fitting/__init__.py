"""FITTING: what the past teaches about the figures of a case."""
