"""The table of derivatives: every function that Tensors know, beside the derivative of each argument."""
