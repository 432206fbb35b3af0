"""One test for each scheduler bug that users met elsewhere; `docs/bugs.md` tells of each."""
