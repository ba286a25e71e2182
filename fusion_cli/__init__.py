"""Fuse two PyTorch modules into one new, verified block of source."""

__version__ = "0.1.0"
