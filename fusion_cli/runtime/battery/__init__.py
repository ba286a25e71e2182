"""The ordered checks that a module must pass; see `registry`."""
