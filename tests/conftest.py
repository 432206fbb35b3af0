"""Settings that every test shares.

In `make test` hypothesis draws the same examples in every run, so that a failure is the fault of
the change and not of the seed. `make fuzz` runs the same properties with random seeds, and prints
the blob that reproduces what it finds.
"""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("steady")
