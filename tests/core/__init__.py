"""Tests of `tsa_core`: no torch here."""
