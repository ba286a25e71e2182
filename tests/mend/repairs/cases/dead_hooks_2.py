"""Hooks that return or do something stay; a function that something else uses stays too."""
from torch import nn


def scale(module, grad_input, grad_output):
    return (grad_input[0] * 0.1,)


def show(module, grad_input, grad_output):
    print(grad_input)


def spoil(module, grad_input, grad_output):
    grad_input[0].mul_(0.1)


def nothing(module, grad_input, grad_output):
    if grad_input is None:
        return None
    return


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_full_backward_hook(scale)
        self.register_full_backward_hook(show)
        self.register_full_backward_hook(spoil)
        self.register_full_backward_hook(nothing)
        self.handle = self.register_full_backward_hook(nothing)
# output
"""Hooks that return or do something stay; a function that something else uses stays too."""
from torch import nn


def scale(module, grad_input, grad_output):
    return (grad_input[0] * 0.1,)


def show(module, grad_input, grad_output):
    print(grad_input)


def spoil(module, grad_input, grad_output):
    grad_input[0].mul_(0.1)


def nothing(module, grad_input, grad_output):
    if grad_input is None:
        return None
    return


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_full_backward_hook(scale)
        self.register_full_backward_hook(show)
        self.register_full_backward_hook(spoil)
        self.handle = self.register_full_backward_hook(nothing)
