"""The parts that all optimizers share."""
