"""Columns given first, as "xy" wants, stay as they are."""
from torch import arange, meshgrid
import torch as th

a = meshgrid(arange(4), arange(5), indexing="xy")
b = th.meshgrid(th.arange(width), th.arange(height), indexing="xy")
c = th.meshgrid([th.arange(rows), th.arange(cols)], indexing="xy")
d = th.meshgrid(th.arange(4), th.arange(5), indexing="ij")
e = numpy.meshgrid(arange(4), arange(5), indexing="xy")
# output
"""Columns given first, as "xy" wants, stay as they are."""
from torch import arange, meshgrid
import torch as th

a = meshgrid(arange(4), arange(5), indexing="ij")
b = th.meshgrid(th.arange(width), th.arange(height), indexing="xy")
c = th.meshgrid([th.arange(rows), th.arange(cols)], indexing="ij")
d = th.meshgrid(th.arange(4), th.arange(5), indexing="ij")
e = numpy.meshgrid(arange(4), arange(5), indexing="xy")
