"""The schema's history, forward only. `0001_trace` is the record's; `0002_identity` the accounts',
`0003_identity_changes` what was done to them."""
