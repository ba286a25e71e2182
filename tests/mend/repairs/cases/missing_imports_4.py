from layers import *


class Block(nn.Module):
    pass
# output
from layers import *


class Block(nn.Module):
    pass
