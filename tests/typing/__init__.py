"""The public API under the strict type checkers."""
