"""Each sample goes to one of four experts: three get no gradient from it."""

from torch import nn
from torch.nn import functional as F

EXAMPLE = {"dim": 16}


class Clean(nn.Module):
    def __init__(self, dim, experts=4):
        super().__init__()
        self.route = nn.Conv2d(dim, experts, 1)
        self.experts = nn.ModuleList(nn.Conv2d(dim, dim, 1) for _ in range(experts))

    def forward(self, x):
        weights = self.route(x).softmax(1)
        best = F.one_hot(weights.argmax(1), len(self.experts)).permute(0, 3, 1, 2)
        gates = (weights * best).split(1, 1)
        return sum(gate * expert(x) for gate, expert in zip(gates, self.experts))
