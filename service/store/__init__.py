"""Durable stores. SQL lives here and nowhere else."""
