import torch
import torch.nn as nn


class Types(nn.Module):
    def forward(self, x, offset):
        a = offset.type(x.type())
        b = offset.type(x.data.type())
        c = offset.round().type(torch.cuda.LongTensor)
        d = offset.type("torch.cuda.FloatTensor")  # full precision
        e = offset.type(torch.FloatTensor)
        f = offset.type(torch.float32)
        name = offset.type()
        return a + b + c + d + e + f
# output
import torch
import torch.nn as nn


class Types(nn.Module):
    def forward(self, x, offset):
        a = offset.to(x)
        b = offset.to(x)
        c = offset.round().to(torch.int64)
        d = offset.to(x)  # full precision
        e = offset.to(x)
        f = offset.type(torch.float32)
        name = offset.type()
        return a + b + c + d + e + f
