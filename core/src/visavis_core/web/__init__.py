"""Everything that answers over HTTP: pages, forms, the API, the live room."""
