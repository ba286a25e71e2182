"""Blocks to fuse: `hosts` and `donors`, one module a file; adding the file is the registration."""
