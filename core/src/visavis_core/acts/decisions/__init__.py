"""What each allowed command leads to, one module per subject, all registered in `registry.Decisions` tables."""
