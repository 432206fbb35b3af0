"""The test-suite: the documented contract, checked against independent oracles."""
