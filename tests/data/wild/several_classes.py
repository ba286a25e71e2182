import enum

import torch.nn as nn


class Mode(enum.Enum):
    SUM = 1


class Left(nn.Module):
    pass


class Right(nn.Module):
    pass


class Config:
    width = 3
