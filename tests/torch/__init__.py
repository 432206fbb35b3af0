"""Tests of `tsa_torch`."""
