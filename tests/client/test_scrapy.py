"""The Scrapy pipeline, in a real crawl of a site on this machine."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.generated_text import TextGenerator

PAGES = 230  # more than two batches
SPIDER = """
import json, sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Site(scrapy.Spider):
    name = "site"
    start_urls = ["http://127.0.0.1:{site}/"]
    def parse(self, response):
        for link in response.css("a"):
            yield response.follow(link, self.page)
    def page(self, response):
        yield {{"url": response.url.replace("127.0.0.1:{site}", "herald.example"),
               "title": response.css("title::text").get(), "body": response.text, "extra": 1}}

process = CrawlerProcess({{
    "ITEM_PIPELINES": {{"twicetold_client.scrapy.Pipeline": 800}},
    "TWICETOLD_URL": "{service}",
    "TWICETOLD_MAP": {{"html": "body"}},
    "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": False,
}})
crawler = process.create_crawler(Site)
process.crawl(crawler)
process.start()
print(json.dumps({{name: value for name, value in crawler.stats.get_stats().items() if name.startswith("twicetold/")}}))
"""


@pytest.fixture
def site():
    writer = TextGenerator(11)
    pages = {
        f"/{number}": f"<html><head><title>Story {number}</title></head><body><article><p>{writer.story(80)}</p>"
        "</article></body></html>"
        for number in range(PAGES)
    }
    pages["/"] = "<html><body>" + "".join(f"<a href='{path}'>x</a>" for path in pages) + "</body></html>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            return

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield serving.server_address[1]
    serving.shutdown()
    serving.server_close()


def test_what_a_spider_yields_is_stored_when_the_crawl_is_over(server, client, site, tmp_path):
    spider = tmp_path / "spider.py"
    text = SPIDER.format(site=site, service=f"http://127.0.0.1:{server.port}")
    spider.write_text(text)
    ran = subprocess.run([sys.executable, spider], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == {"twicetold/created": PAGES}
    stored = list(client.stories(source="herald.example", limit=200))
    assert len(stored) == PAGES
