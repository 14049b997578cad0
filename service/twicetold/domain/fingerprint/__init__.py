"""From text to hashed words, shingles, signature, bands and winnowed fingerprints."""
