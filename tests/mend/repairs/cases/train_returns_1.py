from torch import nn


class Frozen(nn.Module):
    def train(self, mode=True):
        super().train(mode)
        for layer in self.layers:
            layer.eval()


class Returns(nn.Module):
    def train(self, mode=True):
        return super().train(mode)


class Other:
    def train(self, steps):
        self.steps = steps
# output
from torch import nn


class Frozen(nn.Module):
    def train(self, mode=True):
        super().train(mode)
        for layer in self.layers:
            layer.eval()
        return self


class Returns(nn.Module):
    def train(self, mode=True):
        return super().train(mode)


class Other:
    def train(self, steps):
        self.steps = steps
