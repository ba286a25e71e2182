"""Blocks that a donor is fused into."""
