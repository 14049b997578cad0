"""How likely each line of a flattened text is part of its story, by a model fitted on pages of many sites."""
