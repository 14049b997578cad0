"""From a page to its text: which of its blocks are the story, and what it says of itself."""
