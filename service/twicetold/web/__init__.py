"""The HTTP contract. Flask lives here and nowhere else."""
