import torch
from torch import nn


class Positions(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim).cuda()
        self.table = torch.zeros(4, dim, device="cuda:0")
        self.steps = torch.linspace(0, 1, 4)
        self.cuda()  # the fast way

    def forward(self, x):
        n = x.shape[1]
        where = torch.arange(n)
        scale = torch.tensor([1.0, 2.0]).cuda()
        mask = torch.ones(
            n,
            n,
        )
        other = torch.zeros(n, device="cuda")
        moved = torch.eye(n).to(x)
        later = torch.rand(n)
        later = later.to(x.device)
        sizes = torch.tensor([n, n]).tolist()
        return self._helper(x, where).to("cuda") + mask

    def _helper(self, maps, n):
        return maps.view(1, -1) + torch.full((1,), 2.0)

    def _unknown(self, n):
        return torch.arange(n)

    def initialise(self):
        return torch.arange(3)
# output
import torch
from torch import nn


class Positions(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.table = torch.zeros(4, dim)
        self.steps = torch.linspace(0, 1, 4)

    def forward(self, x):
        n = x.shape[1]
        where = torch.arange(n, device=x.device)
        scale = torch.tensor([1.0, 2.0]).to(x.device)
        mask = torch.ones(
            n,
            n,
            device=x.device,
        )
        other = torch.zeros(n, device=x.device)
        moved = torch.eye(n).to(x)
        later = torch.rand(n)
        later = later.to(x.device)
        sizes = torch.tensor([n, n]).tolist()
        return self._helper(x, where).to(x.device) + mask

    def _helper(self, maps, n):
        return maps.view(1, -1) + torch.full((1,), 2.0, device=maps.device)

    def _unknown(self, n):
        return torch.arange(n)

    def initialise(self):
        return torch.arange(3)
