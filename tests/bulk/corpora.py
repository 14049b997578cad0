"""Stories for bulk runs, and runs of them."""

import json
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.usecases.read_models import StoryFilter
from twicetold.web.api.submissions import Intake

from bench.generated_text import TextGenerator

LIMITS = Limits(memory=2**28, threads=1)
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)


def corpus(count, seed=7):
    """Stories of which some retell earlier ones: copies, edited, cut and extended ones, and a crowd."""
    chance, writer = random.Random(seed), TextGenerator(seed)
    told, rows = [], []
    for number in range(count):
        kind = chance.random()
        if told and kind < 0.45:
            words = chance.choice(told[:40]).split()
            if kind < 0.15:
                words = [word if chance.random() > 0.05 else "other" for word in words]
            elif kind < 0.25:
                words = words[: len(words) // 2]
            elif kind < 0.3:
                words += writer.story(60).split()
            text = " ".join(words)
        else:
            text = writer.story(150)
            told.append(text)
        at = FIRST_DAY + timedelta(hours=chance.randrange(600))
        rows.append({"id": f"s{number}", "source": f"outlet{number % 9}.example", "text": text, "published_at": at})
    return rows


def written(path, rows, **renamed):
    table = pa.Table.from_pylist(rows)
    parquet.write_table(table.rename_columns([renamed.get(name, name) for name in table.column_names]), path)
    return path


def ran(inputs, out, analyser, settings, tell=lambda *_: None, limits=LIMITS, **names):
    return run(
        inputs, out, names=names, source=None, analyser=analyser,
        parameters=bootstrap.fingerprint_parameters(settings), limits=limits, tell=tell,
    )  # fmt: skip


def read(path):
    return parquet.read_table(path).to_pylist()


def sent(application, rows, batch=60):
    """Send rows to a service as it is used."""
    intake = Intake(bootstrap.now)
    lines = [json.dumps(row | {"published_at": row["published_at"].isoformat()}).encode() for row in rows]
    for first in range(0, len(lines), batch):
        application.submit.submit([intake.story(line) for line in lines[first : first + batch]], passages=False)


def assignments(application):
    """What a service tells of each story."""
    with application.store.reading() as reading:
        return {row.story_id: row for row in reading.assignments(StoryFilter(), after=None, limit=100_000).items}
