/**
 * `npm run openapi`: writes src/api/openapi.json, which /v1/openapi.json serves. It comes from the
 * schemas that check what comes in, and that the tests hold the answers to.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { document } from "./document.ts";

const FILE = new URL("../../src/api/openapi.json", import.meta.url);

const { check } = new Command("npm run openapi --")
  .description("Writes src/api/openapi.json from the schemas of the read API.")
  .option("--check", "write nothing; fail where the file is not what the schemas say")
  .parse()
  .opts<{ check?: true }>();

const text = `${JSON.stringify(document)}\n`;
if (!check) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, "utf8") !== text) {
  console.error("src/api/openapi.json is not what the schemas say: run `npm run openapi`.");
  process.exitCode = 1;
}
