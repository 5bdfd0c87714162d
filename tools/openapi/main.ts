/**
 * `npm run openapi`: writes assets/openapi.json, which /v1/openapi.json serves. It comes from the schemas
 * that check the requests. The tests check the answers against the same schemas.
 */
import { keepGenerated } from "../lib/generated.ts";
import { withHelp } from "../lib/help.ts";
import { run, tool } from "../lib/tool.ts";
import { document } from "./document.ts";

const program = tool({
  command: "npm run openapi --",
  description: "Writes assets/openapi.json from the schemas of the read API.",
  no: "with --check, the file is not what the schemas say",
})
  .option("--check", "write nothing; say whether the file is what the schemas say")
  .action(({ check }: { check?: true }) => {
    const text = `${JSON.stringify(document)}\n`;
    keepGenerated("assets/openapi.json", text, { check, todo: "run npm run openapi" });
  });

await run(
  withHelp(program, {
    examples: {
      "npm run openapi": "write the document anew, after a change of the read API",
      "npm run openapi -- --check": "say whether it is up to date, as npm run check does",
    },
  }),
);
