"""All compiled code, and nothing else: pure functions of arrays, their randomness addressed.

The walk of one deal in one trial (model page, M1 to M5 and M9):

    at the start of a visit to stage s:  one 64-bit word = mix(trial key + deal key + visit key)
    its high half picks the exit, its low half the stay:
        exit k   with chance Phi((t_k - y) / r),  y the deal's shared shock, r^2 = 1 - sum rho
        stay  T  = upper quantile of F_sk at u S_sk(age), less the age

Nothing here imports the rest of the package. Importing `plan` alone does not load numba.
"""
