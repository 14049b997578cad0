"""Small stories, written for these tests."""

HARBOUR = """\
The old harbour wall at Brackwater will be rebuilt from next spring, the town council decided on \
Tuesday after a debate that lasted until midnight and filled the public gallery twice over.

Storms in January tore a gap of forty metres into the wall and flooded three streets behind the fish market. \
Insurers have since refused to cover boats that lie in the inner basin, and several skippers moved their vessels to \
the next port.

Engineers told the meeting that the work would take eleven months and close the eastern quay to all traffic. The \
council will borrow most of the money and hopes that the coastal fund of the province pays the rest.

"We cannot wait for another winter," said the harbour master, who had asked for repairs in each of the past four \
years. Opponents of the plan warned that the loan would burden the town until the middle of the century.

A second vote on the design of the promenade is expected in March, once the results of a survey among residents are \
known."""

ORCHARD = """Fruit growers in the upper valley expect the smallest cherry harvest in two decades because frost in \
late April destroyed most of the blossoms within three nights.

On the farms around the village of Telm, helpers lit small fires between the rows to keep the trees warm. It was of \
little use: temperatures fell to six degrees below zero and a dry wind blew the smoke away.

The growers' association speaks of losses in the tens of millions and asks for help from the state. The ministry of \
agriculture announced that it would send experts next week, but did not promise any payments so far.

Consumers will notice the shortage in summer, when domestic cherries may cost twice as much as last year. Traders \
are already looking for suppliers further south, where the trees flowered earlier and escaped the cold.

Researchers at the fruit institute recommend planting late varieties, though these take five years to bear fruit."""

SATELLITE = """A weather satellite that had been silent for nine weeks answered its ground station on Friday, to the \
surprise of the team that had already begun to write its obituary.

Controllers had lost contact when a computer restarted during an eclipse and the antennas turned away from Earth. \
Since then they sent the same short command every six hours, hoping that sunlight would one day charge the batteries \
enough.

The first data show that all cameras work and that fuel remains for at least four years. Forecasters had missed the \
images most over the southern ocean, where few ships and no buoys report.

An inquiry will look into the restart, which had also happened to a sister craft two years before. Until it is \
finished the satellite stays in a safe mode and sends pictures only once a day."""

CLUTTER = """

Watch video 02:15 Share Harbour wall to be rebuilt Send Facebook google+ Whatsapp Tumblr linkedin stumble Digg \
reddit Newsvine Permalink https://example.org/p/1 Harbour wall to be rebuilt

"""


def reprint_with_clutter() -> str:
    """The harbour story as another outlet runs it: a share bar in the middle and a teaser at the end."""
    first, rest = HARBOUR.split("\n\n", 1)
    return f"{first}{CLUTTER}{rest}\n\nRead more: Fishing fleet fears another winter"


def excerpt() -> str:
    """The two paragraphs in the middle of the harbour story."""
    return "\n\n".join(HARBOUR.split("\n\n")[1:3])
