import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { outputOf } from "../lib/child.ts";
import { ToolError } from "../lib/tool.ts";
import { codeOf, table } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BLOCK = /(<!-- docs:tools -->\n)[\s\S]*?(<!-- \/docs -->)/;

type Help = { name: string; text: string };

/** docs/tools.md with the current help text of each tool. The rest of the page stays as it is. */
export async function toolsPage(page: string): Promise<string> {
  const names = readdirSync(`${ROOT}tools`).filter((name) => existsSync(mainOf(name)));
  const tools = await inTurns(names.toSorted(), (name) => helpOf(name));
  const commands = await inTurns(
    tools.flatMap(({ name, text }) => commandsIn(text).map((command) => `${name} ${command}`)),
    helpOf,
  );
  const sections = tools.map(({ name, text }) => {
    const own = commands.filter((command) => command.name.startsWith(`${name} `));
    return [
      `## ${name}\n\n${block(text)}`,
      ...own.map((each) => `### ${each.name}\n\n${block(each.text)}`),
    ];
  });
  const rows = tools.map(({ name, text }) => [codeOf(name), whenNo(text)]);
  return page.replace(
    BLOCK,
    (_, begin: string, end: string) =>
      `${begin}${table(["Tool", "Ends with 1 when"], rows)}\n${sections.flat().join("\n")}\n${end}`,
  );
}

/** The commands that a help text lists. */
export function commandsIn(help: string): string[] {
  const [, list = ""] = /^Commands:\n((?: {2}.*\n)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([\w-]+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
}

/** When a tool's exit code is 1, as its help text says. */
export function whenNo(help: string): string {
  return / 0: done\. 1: (.*?)\. 2: /.exec(help.replaceAll(/\s+/g, " "))?.[1] ?? "never";
}

async function helpOf(name: string): Promise<Help> {
  const [tool = "", ...command] = name.split(" ");
  const { code, stdout, stderr } = await outputOf(
    spawn(process.execPath, [mainOf(tool), ...command, "--help"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: `${ROOT}node_modules/.cache/compile`,
      },
    }),
  );
  if (code !== 0)
    throw new ToolError(`${name} --help ended with ${code}: ${stderr}`, "mend the tool");
  return { name, text: stdout };
}

function mainOf(tool: string): string {
  return `${ROOT}tools/${tool}/main.ts`;
}

function block(help: string): string {
  return `\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
}

/** Works on as many items at once as there are cores. The results have the order of the items. */
async function inTurns<In, Out>(
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [place, item] of queue) results[place] = await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
