"""What developers run beside the tests: `make matrix` and `make mutants`."""
