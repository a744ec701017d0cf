"""Many cases: designs, the engines that run them, and the store their results are kept in."""
