"""A block as it is pasted into a forum: nothing is imported."""


class Block(nn.Module):
    def __init__(self, c1, c2, shortcut=True, g=1, e=0.5):
        super().__init__()
        c_ = int(c2 * e)  # hidden channels
        self.cv1 = Conv(c1, c_, 3, 1, autopad(3))
        self.cv2 = Conv(c_, c2, 3, 1, g=g)
        self.add = shortcut and c1 == c2
        self.scale = math.sqrt(c2)

    def forward(self, x: Tensor):
        y = F.relu(self.cv2(self.cv1(x))) / self.scale
        y = rearrange(y, "b c h w -> b c h w")
        return x + y if self.add else torch.abs(y)
