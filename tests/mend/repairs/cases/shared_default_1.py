from torch import nn


class Block(nn.Module):
    def __init__(self, dim, norm=nn.BatchNorm2d(16), rates=[1, 2], *, act={"inplace": True}):
        """A block."""
        super().__init__()
        act.setdefault("inplace", False)
        self.norm = norm
        self.convs = nn.ModuleList(nn.Conv2d(dim, dim, 3, padding=r, dilation=r) for r in rates)


class Grows(nn.Module):
    def __init__(self, widths=[], table={}, last=None):
        super().__init__()
        widths += [1]
        table["dim"] = 1


def build(widths=[]):
    widths.append(1)
# output
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, norm=None, rates=[1, 2], *, act=None):
        """A block."""
        norm = nn.BatchNorm2d(16) if norm is None else norm
        act = {"inplace": True} if act is None else act
        super().__init__()
        act.setdefault("inplace", False)
        self.norm = norm
        self.convs = nn.ModuleList(nn.Conv2d(dim, dim, 3, padding=r, dilation=r) for r in rates)


class Grows(nn.Module):
    def __init__(self, widths=None, table=None, last=None):
        widths = [] if widths is None else widths
        table = {} if table is None else table
        super().__init__()
        widths += [1]
        table["dim"] = 1


def build(widths=[]):
    widths.append(1)
