"""Page extraction in child processes that can be killed."""
