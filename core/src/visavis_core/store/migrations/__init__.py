"""The schema's history, forward only. `0001_trace` is the record's; `0002_identity` the accounts'."""
