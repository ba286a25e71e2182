# fuse: replace Block AKConv --at cv2 --switch use_akconv
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, c1, c2, hidden):
        super().__init__()
        self.cv1 = nn.Conv2d(c1, hidden, 1)
        self.cv2 = nn.Sequential(nn.Conv2d(hidden, hidden, 3, padding=1), nn.SiLU())
        self.cv3 = nn.Sequential(nn.Conv2d(hidden, hidden, 5, padding=2), nn.SiLU())
        self.cv4 = nn.Conv2d(3 * hidden, c2, 1)

    def forward(self, x):
        y = [self.cv1(x)]
        y.extend(m(y[-1]) for m in [self.cv2, self.cv3])
        return self.cv4(torch.cat(y, 1))

# expected
class Block_AKConv(nn.Module):
    """AKConv replaces `cv2` of Block.

        t1 = cv1(x)
        t2 = cv2(t1)
        y = cv4(cat([t1, t2, cv3(t2)], 1))

        cv2: AKConv(hidden, hidden)
        use_akconv: where it is false the block is Block

    Shapes: b c1 h w -> b c2 h w.
    """

    def __init__(self, c1, c2, hidden, use_akconv=True):
        super().__init__()
        self.cv1 = nn.Conv2d(c1, hidden, 1)
        self.use_akconv = use_akconv
        self.cv2 = (
            AKConv(hidden, hidden)
            if self.use_akconv
            else nn.Sequential(nn.Conv2d(hidden, hidden, 3, padding=1), nn.SiLU())
        )
        self.cv3 = nn.Sequential(nn.Conv2d(hidden, hidden, 5, padding=2), nn.SiLU())
        self.cv4 = nn.Conv2d(3 * hidden, c2, 1)

    def forward(self, x):
        y = [self.cv1(x)]
        y.extend(m(y[-1]) for m in [self.cv2, self.cv3])
        return self.cv4(torch.cat(y, 1))
