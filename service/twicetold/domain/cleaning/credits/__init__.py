"""Credits: agencies, bylines, datelines and dates, which are cut but kept as what they say."""
