import math
from torch import nn

a = torch.zeros(math.e) + unknown
# output
import torch
import math
from torch import nn

a = torch.zeros(math.e) + unknown
