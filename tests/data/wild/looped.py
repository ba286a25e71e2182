import torch
import torch.nn as nn


class Looped(nn.Module):
	"""Branches of growing dilation."""

	def __init__(self, channels, branches=3):
		super().__init__()
		self.branches = branches
		for i in range(branches):
			self.add_module(f"branch{i}", nn.Conv2d(channels, channels, 3, padding=i + 1, dilation=i + 1))
			setattr(self, f"scale{i}", nn.Parameter(torch.ones(channels, 1, 1)))
		widths = [channels for _ in range(2)]
		if (total := sum(widths)) > channels:
			self.fuse = nn.Conv2d(total, channels, 1)
		self.norm = nn.BatchNorm2d(channels)

	def forward(self, x):
		def weighted(i, y):
			return getattr(self, f"branch{i}")(y) * getattr(self, f"scale{i}")

		outs = [weighted(i, x) for i in range(self.branches)]
		if (first := outs[0]) is not None:
			x = self.norm(x)
		return self.fuse(torch.cat((first, sum(outs[1:])), 1)) + x
