"""ANSWERS: from what every trial did, or the exact laws, to what a reader wants to know."""
