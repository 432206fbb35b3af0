"""What a step, a value and a trajectory cost, beside the peers and beside the bare loop."""
