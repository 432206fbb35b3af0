"""Our schedulers in the loops that people write, with the packages they use."""
