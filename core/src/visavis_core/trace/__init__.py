"""The record of acts: exact bytes, one chain per act, one tree over all, signed heads.

`record`, `sealing`, `chain`, `merkle`, `checkpoint` and `proof` are pure; `journal` writes, `verify` judges,
`export` hands out.
"""
