import torch
from torch import nn


class Layer(nn.Module):
    pass


class Stack(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.pair = [nn.Conv2d(dim, dim, 1), Layer()]  # two
        self.many = [
            # one for each
            nn.Linear(dim, dim)
            for _ in range(depth)
        ]
        self.grown = []
        for _ in range(depth):
            self.grown.append(Layer())
        layers = []
        for _ in range(depth):
            layers.append(nn.ReLU())
        self.kept = layers
        self.named = {"a": nn.ReLU(), "b": Layer()}
        self.scales = [nn.Parameter(torch.ones(1)) for _ in range(3)]
        self.sizes = [1, 2, 3]
        self.outputs = []
        inner = [nn.ReLU(), nn.ReLU()]
        self.inner = inner
        self.net = nn.Sequential(*inner)
        self.shared = [nn.ReLU()]
        self.chain = nn.Sequential(*self.shared)
        self.right = nn.ModuleList([nn.ReLU()])
# output
import torch
from torch import nn


class Layer(nn.Module):
    pass


class Stack(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.pair = nn.ModuleList([nn.Conv2d(dim, dim, 1), Layer()])  # two
        self.many = nn.ModuleList([
            # one for each
            nn.Linear(dim, dim)
            for _ in range(depth)
        ])
        self.grown = nn.ModuleList()
        for _ in range(depth):
            self.grown.append(Layer())
        layers = []
        for _ in range(depth):
            layers.append(nn.ReLU())
        self.kept = nn.ModuleList(layers)
        self.named = nn.ModuleDict({"a": nn.ReLU(), "b": Layer()})
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(1)) for _ in range(3)])
        self.sizes = [1, 2, 3]
        self.outputs = []
        inner = [nn.ReLU(), nn.ReLU()]
        self.inner = inner
        self.net = nn.Sequential(*inner)
        self.shared = [nn.ReLU()]
        self.chain = nn.Sequential(*self.shared)
        self.right = nn.ModuleList([nn.ReLU()])
