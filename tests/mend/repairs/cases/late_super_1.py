import torch.nn as nn


class Late(nn.Module):
    def __init__(self, dim, k=3):
        """Sets its layers first."""
        hidden = dim // 2

        # the layers
        self.conv = nn.Conv2d(dim, hidden, k)
        self.act = nn.ReLU()
        super().__init__()
        self.out = nn.Conv2d(hidden, dim, 1)


class Older(nn.Module):
    def __init__(self, dim):
        self.conv = nn.Conv2d(dim, dim, 1)
        super(Older, self).__init__()


class Named(nn.Module):
    def __init__(self, dim):
        self.dim = dim
        nn.Module.__init__(self)


class Forgotten(nn.Module):
    def __init__(self, dim):
        self.conv = nn.Conv2d(dim, dim, 1)


class Right(nn.Module):
    def __init__(self, dim):
        hidden = dim * 2
        super().__init__()
        self.conv = nn.Conv2d(dim, hidden, 1)


class Given(nn.Conv2d):
    def __init__(self, dim):
        self.dim = dim
        super().__init__(dim, dim, 1)
# output
import torch.nn as nn


class Late(nn.Module):
    def __init__(self, dim, k=3):
        """Sets its layers first."""
        hidden = dim // 2

        super().__init__()
        # the layers
        self.conv = nn.Conv2d(dim, hidden, k)
        self.act = nn.ReLU()
        self.out = nn.Conv2d(hidden, dim, 1)


class Older(nn.Module):
    def __init__(self, dim):
        super(Older, self).__init__()
        self.conv = nn.Conv2d(dim, dim, 1)


class Named(nn.Module):
    def __init__(self, dim):
        nn.Module.__init__(self)
        self.dim = dim


class Forgotten(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 1)


class Right(nn.Module):
    def __init__(self, dim):
        hidden = dim * 2
        super().__init__()
        self.conv = nn.Conv2d(dim, hidden, 1)


class Given(nn.Conv2d):
    def __init__(self, dim):
        self.dim = dim
        super().__init__(dim, dim, 1)
