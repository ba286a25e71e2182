import torch.nn as nn

MOMENTUM = 0.03
EXPANSION = 2


class Base(nn.Module):
    """What all blocks of the file share."""

    expansion = EXPANSION
    kinds = {"relu": nn.ReLU, "silu": nn.SiLU}

    def __init__(self, dim, act="relu"):
        super(Base, self).__init__()
        self.dim = dim
        self.act = self.kinds[act]()

    @property
    def hidden(self):
        return self.dim * self.expansion

    @staticmethod
    def norm(dim):
        return nn.BatchNorm2d(dim, momentum=MOMENTUM)

    def body(self, x):
        raise NotImplementedError

    def forward(self, x):
        return x + self.body(x)


class Middle(Base):
    def __init__(self, dim, act="relu"):
        super(Middle, self).__init__(dim, act)
        self.fc1 = nn.Conv2d(dim, self.hidden, 1)
        self.norm1 = self.norm(self.hidden)


class Leaf(Middle):
    expansion = 3

    def __init__(self, dim, act="relu"):
        super(Leaf, self).__init__(dim, act)
        self.fc2 = nn.Conv2d(self.hidden, dim, 1)

    def body(self, x):
        return self.fc2(self.act(self.norm1(self.fc1(x))))

    def forward(self, x):
        return x + self.body(x)


class OtherLeaf(Middle):
    def body(self, x):
        return self.fc1(x)
