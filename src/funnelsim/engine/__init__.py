"""NUMBERS: a case lowered to arrays, walked by the kernel or solved exactly."""
