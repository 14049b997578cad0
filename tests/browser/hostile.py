"""Stories that try to run something in whatever shows them: 200 attacks, one in every field of each story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_RUN = ("window.hit=1", "alert(1)", "document.title='hit'", "top.hit=1")
_SHAPES = (
    "<script>{}</script>", "<SCRIPT SRC=data:,{}></SCRIPT>", "\"><script>{}</script>", "'><img src=x onerror={}>",
    "<img src=x onerror=\"{}\">", "<svg onload={}>", "<svg><script>{}</script></svg>", "<body onload={}>",
    "<iframe srcdoc=\"<script>parent.{}</script>\"></iframe>", "<iframe src=\"javascript:{}\"></iframe>",
    "<a href=\"javascript:{}\">x</a>", "javascript:{}", "JaVaScRiPt:{}", "data:text/html,<script>{}</script>",
    "\" onmouseover=\"{}", "' onfocus='{}' autofocus='", "` onpointerenter=`{}", "</title><script>{}</script>",
    "</textarea><script>{}</script>", "</style><script>{}</script>", "</text></svg><img src=x onerror={}>",
    "<math><mtext><img src=x onerror={}></math>", "<details open ontoggle={}>", "<video><source onerror={}></video>",
    "<input autofocus onfocus={}>", "<marquee onstart={}>", "<object data=\"javascript:{}\"></object>",
    "<embed src=\"javascript:{}\">", "<form action=\"javascript:{}\"><button>x</button></form>",
    "<base href=\"javascript:{}//\">", "<meta http-equiv=refresh content=\"0;url=javascript:{}\">",
    "<link rel=stylesheet href=\"javascript:{}\">", "<style>@import 'javascript:{}';</style>",
    "<div style=\"background:url(javascript:{})\">", "{{{{7*7}}}}<script>{}</script>", "{{% raw %}}<script>{}</script>",
    "${{{}}}<script>{}</script>", "&lt;script&gt;{}&lt;/script&gt;", "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "<scr<script>ipt>{}</scr</script>ipt>", "<!--><script>{}</script>-->", "<![CDATA[<script>{}</script>]]>",
    "<svg><animate onbegin={} attributeName=x dur=1s></svg>",
    "<svg><a xlink:href=\"javascript:{}\"><text>x</text></a></svg>",
    "<img src=\"x` `<script>{}</script>\"` `>", "<img/src/onerror={}>", "<\x0cscript>{}</script>",
    "\u202e<script>{}</script>",
    "\ufeff<script>{}</script>", "<template><script>{}</script></template>",
)  # fmt: skip
ATTACKS = [shape.replace("{}", run).replace("{{", "{").replace("}}", "}") for run in _RUN for shape in _SHAPES]

TEXT = (
    "Divers found a wreck from the seventeenth century in the bay on Thursday, with most of its cargo of pottery in "
    "place. The museum will raise the pieces one by one over the next two summers, and show the first in December."
)


def hostile_stories() -> Iterator[dict[str, Any]]:
    """All tell one story, so that lists, clusters and comparisons show the attacks side by side."""
    for number, attack in enumerate(ATTACKS):
        yield {
            "id": f"attack:{number}",
            "source": attack.replace("/", "").replace("\\", "").replace("\x0c", "")[:150].strip() or "x",
            "url": f"https://attack{number}.example/?q={attack}",
            "title": attack,
            "text": f"{attack} {TEXT}\n\nAlso: {attack} is no news. By {attack}",
            "language": "en",
            "metadata": {attack[:100]: attack},
            "published_at": f"2026-03-02T{number // 60:02}:{number % 60:02}:00Z",
        }
