"""Modules out of papers that are fused into a host."""
