"""The layers: one class for each, with its parameters and its call of `nn.functional`."""
