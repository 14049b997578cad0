// Nine calls through openapi-fetch, with the types of openapi-typescript; prints each that worked.
import assert from "node:assert";
import createClient from "openapi-fetch";
import type { paths } from "./generated/openapi-typescript";

const TEXT = "The ferry line reopened on Monday after four months of repairs to its pier, and all crossings run again.";
const client = createClient<paths>({ baseUrl: process.argv[2] });

const submitted = await client.POST("/v1/stories", { body: { id: "a", source: "harbour-post.example", text: TEXT } });
assert.equal(submitted.data?.story.id, "a");
console.log("submit");
const batch = await client.POST("/v1/stories/batch", {
  body: [{ id: "b", source: "island-news.example", text: TEXT }],
});
assert.ok(Array.isArray(batch.data)); // who sends lines is answered with lines
assert.equal(batch.data[0]?.matches?.[0]?.story_id, "a");
console.log("batch");
assert.ok((await client.POST("/v1/match", { body: { text: TEXT } })).data?.matches.length);
console.log("match");
const cleaned = await client.POST("/v1/clean", { body: { text: `${TEXT}\n\nShare Facebook Twitter` } });
assert.equal(cleaned.data?.text?.trim(), TEXT);
console.log("clean");
const compared = await client.POST("/v1/compare", { body: { a: { story_id: "a" }, b: { text: TEXT } } });
assert.equal(compared.data?.relation, "exact");
console.log("compare");
const listed = await client.GET("/v1/stories", { params: { query: { source: "harbour-post.example" } } });
assert.deepEqual(listed.data?.stories.map((each) => each.story.id), ["a"]);
console.log("list");
const matches = await client.GET("/v1/stories/{id}/matches", { params: { path: { id: "a" } } });
assert.equal(matches.data?.matches[0]?.story_id, "b");
console.log("matches");
const clusters = await client.GET("/v1/clusters", { params: { query: { min_sources: 2 } } });
assert.equal(clusters.data?.clusters[0]?.canonical_id, "a");
console.log("clusters");
const exported = await client.GET("/v1/export/assignments", { parseAs: "text" });
assert.deepEqual(exported.data?.trim().split("\n").map((line) => JSON.parse(line).canonical_id), ["a", "a"]);
console.log("export");
