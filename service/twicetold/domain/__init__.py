"""Values in, values out: cleaning, fingerprints and matching, without web, store, clock or environment."""
