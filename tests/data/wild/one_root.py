from torch import nn


class Whole(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.part = Part(dim)

    def forward(self, x):
        return self.part(x)


class Part(nn.Module):
    def __init__(self, dim):
        super(Part, self).__init__()
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        return self.norm(x)
