// Nine calls through the client of @hey-api/openapi-ts; prints each that worked.
import assert from "node:assert";
import { client } from "./generated/hey-api/client.gen";
import {
  clean, compare, exportAssignments, listClusters, listStories, match, readMatches, submitBatch, submitStory,
} from "./generated/hey-api";

const TEXT = "The ferry line reopened on Monday after four months of repairs to its pier, and all crossings run again.";
client.setConfig({ baseUrl: process.argv[2] });

const submitted = await submitStory({ body: { id: "a", source: "harbour-post.example", text: TEXT } });
assert.equal(submitted.data?.story.id, "a");
console.log("submit");
const batch = await submitBatch({ body: [{ id: "b", source: "island-news.example", text: TEXT }] });
assert.ok(Array.isArray(batch.data)); // who sends lines is answered with lines
assert.equal(batch.data[0]?.matches?.[0]?.story_id, "a");
console.log("batch");
assert.ok((await match({ body: { text: TEXT } })).data?.matches.length);
console.log("match");
const cleaned = await clean({ body: { text: `${TEXT}\n\nShare Facebook Twitter` } });
assert.equal(cleaned.data?.text?.trim(), TEXT);
console.log("clean");
const compared = await compare({ body: { a: { story_id: "a" }, b: { text: TEXT } } });
assert.equal(compared.data?.relation, "exact");
console.log("compare");
const listed = await listStories({ query: { source: "harbour-post.example" } });
assert.deepEqual(listed.data?.stories.map((each) => each.story.id), ["a"]);
console.log("list");
assert.equal((await readMatches({ path: { id: "a" } })).data?.matches[0]?.story_id, "b");
console.log("matches");
assert.equal((await listClusters({ query: { min_sources: 2 } })).data?.clusters[0]?.canonical_id, "a");
console.log("clusters");
const exported = await exportAssignments({ parseAs: "text" });
assert.deepEqual(
  String(exported.data).trim().split("\n").map((line) => JSON.parse(line).canonical_id), ["a", "a"],
);
console.log("export");
