# A licence.

# The block.
class Block(nn.Module):
    def forward(self, x):
        math = x
        return math
# output
# A licence.

from torch import nn


# The block.
class Block(nn.Module):
    def forward(self, x):
        math = x
        return math
