"""Stories for the examples."""

import random

from bench.generated_text import TextGenerator

FOOTER = "Subscribe to the evening letter of {source} and read what happened before anyone else does."


def corpus(count):
    """Stories with families, a crowd of more than 48, and sources that end all their stories alike."""
    chance, writer = random.Random(7), TextGenerator(7)
    told, rows = [], []
    crowd = writer.story(120).split()
    for number in range(count):
        kind = chance.random()
        if kind < 0.2:
            text = " ".join(word if chance.random() > 0.03 else "other" for word in crowd)
        elif told and kind < 0.5:
            words = chance.choice(told[:30]).split()
            text = " ".join(words if chance.random() < 0.5 else words[: len(words) // 2])
        else:
            text = writer.story(120)
            told.append(text)
        at, source = f"2026-03-{1 + number % 28:02}T08:00:00Z", f"outlet{number % 7}.example"
        if number % 7 < 3:
            text = f"{text}\n\n{FOOTER.format(source=source)}"
        rows.append({"id": f"s{number}", "source": source, "text": text, "published_at": at})
    return rows
