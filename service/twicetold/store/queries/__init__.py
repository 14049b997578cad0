"""The statements that both stores share, one module for each thing asked."""
