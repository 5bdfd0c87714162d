/** `npm run docs`: writes the pages that come from the code, so that they are never behind it. */
import { keepGenerated, projectText } from "../lib/generated.ts";
import { withHelp } from "../lib/help.ts";
import { run, tool } from "../lib/tool.ts";
import { apiPage } from "./api.ts";
import { configurationPage } from "./configuration.ts";
import { toolsPage } from "./tools.ts";

const PAGES: Record<string, () => string | Promise<string>> = {
  "docs/api.md": () => apiPage(JSON.parse(projectText("assets/openapi.json"))),
  "docs/configuration.md": configurationPage,
  "docs/tools.md": () => toolsPage(projectText("docs/tools.md")),
};

const program = tool({
  command: "npm run docs --",
  description: "Writes the pages of docs/ that come from the configuration, the API and the tools.",
  no: "with --check, a page is not what they say",
})
  .option("--check", "write nothing; say which pages are not up to date")
  .action(async ({ check }: { check?: true }) => {
    for (const [path, page] of Object.entries(PAGES)) {
      keepGenerated(path, await page(), { check, todo: "run npm run docs" });
    }
  });

await run(
  withHelp(program, {
    examples: {
      "npm run docs": "write the pages anew, after a change of what they describe",
      "npm run docs -- --check": "say whether they are up to date, as npm run check does",
    },
  }),
);
