/** `npm run prose`: finds sentences that are hard to read for somebody whose third language is English. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { withHelp } from "../lib/help.ts";
import { EXIT, run, say, tool } from "../lib/tool.ts";
import { root } from "../lib/wrangler.ts";
import { hardToRead } from "./limits.ts";
import { sentencesOf } from "./sentences.ts";

/** Nobody reads the CHANGELOG sentence after sentence. */
const NOT_READ = ["CHANGELOG.md"];

const program = tool({
  command: "npm run prose --",
  description: "Finds sentences of the documents that are too long, or have too many passives.",
  no: "there are some",
})
  .argument("[files...]", "the pages; every English page of the project unless given")
  .action(async (given: string[]) => {
    for (const path of given.length > 0 ? given : pages()) {
      for (const sentence of await sentencesOf(readFileSync(path, "utf8"))) {
        const problem = hardToRead(sentence);
        if (problem === undefined) continue;
        console.log(`${relative("", path)}:${sentence.line}: ${problem}: ${sentence.text}`);
        process.exitCode = EXIT.no;
      }
    }
    if (process.exitCode === EXIT.no) say("some sentences are hard to read", "make two of each");
  });

function pages(): string[] {
  const here = readdirSync(root).filter((name) => !NOT_READ.includes(name));
  const docs = readdirSync(join(root, "docs")).map((name) => `docs/${name}`);
  // A page in another language has the language's name before the ending, or has its own folder.
  return [...here, ...docs]
    .filter((name) => /^[^.]+\.md$/.test(name))
    .map((name) => join(root, name));
}

await run(
  withHelp(program, {
    examples: {
      "npm run prose": "look at all pages, as npm run check does",
      "npm run prose -- README.md": "look at one page",
    },
  }),
);
