import { readConfig, type SettingName, settings } from "../../src/config.ts";
import { codeOf, table, textOf } from "./markdown.ts";
import { OPTIONAL_BINDINGS, SETTINGS } from "./settings.ts";

/** The smallest valid configuration, and a token that others must differ from. */
const VALID = {
  SDK_APP_ID: "1400000000",
  CALLBACK_TOKEN: "sixteen-letters-",
  DEAD_LETTER_QUEUE: "any",
  API_TOKEN: "other-sixteen-letters-",
};

/** Together, these values break every check of every setting. */
const WRONG = [
  ...["\0", " ", "short", "/../", "local-callback-token", "!any.*", "a b", "0"],
  ...[
    "https://user@host",
    "https://host/ ",
    "DB 0-1",
    VALID.API_TOKEN,
    "letters-beyond-ascii-é",
    {},
  ],
];

/** docs/configuration.md, from the definitions in src/config.ts. */
export function configurationPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, { kind, does }]) => {
    const { values, whenWrong } = checksOf(name as SettingName);
    return [codeOf(name), kind, does, values, defaultOf(name as SettingName), whenWrong];
  });
  const bindings = Object.entries(OPTIONAL_BINDINGS).map(([name, does]) => [
    ...[codeOf(name), "binding", does],
    ...["", "none", ""],
  ]);
  return `# Configuration

A **var** stands under \`[vars]\` in \`friendgate.toml\`, which is your own file
([deploying](deploy.md#own-values)). A **binding** has a table of its own there. \`npm run deploy\` brings both
to the Worker. A **secret** is set by the first deploy, and changed with \`npx wrangler secret put\` and its name.
Locally, \`.dev.vars\` has vars and secrets, and \`npm start\` reads it when it starts.

An empty text counts as not set. A name that nothing reads has no effect: the doctor and the deploy report it.
Where every callback gets HTTP 500, Tencent lets everything through.

The log says what is wrong: the name of the setting, then the rule that is broken. The last column has, in quotation
marks, what it says besides the rules of the column "Values". No message holds the value.

${table(["Name", "Kind", "What it does", "Values", "Default", "When it is wrong"], [...rows, ...bindings])}`;
}

/** What the problems say about wrong values, and what the Worker does meanwhile. */
function checksOf(name: SettingName): { values: string; whenWrong: string } {
  const results = WRONG.map((wrong) => readConfig({ ...VALID, [name]: wrong }));
  const problems = results
    .flatMap((result) => result.problems)
    .map((problem) => (problem.startsWith(`${name} `) ? problem.slice(name.length + 1) : problem))
    // If the Worker goes on, the effect stands behind the last semicolon.
    .map((problem) => /^(.*?)(?:; ([^;]*))?$/.exec(problem) ?? []);
  const checks = unique(problems.map(([, check = ""]) => check));
  const effects = unique(problems.map(([, , effect = ""]) => effect));
  const values = checks.filter((check) => check.startsWith("must "));
  const narrow = values.filter((check) => check !== "must be a text");
  const said = checks.filter((check) => !check.startsWith("must "));
  return {
    values: (narrow.length > 0 ? narrow : values)
      .map((check) => textOf(check.replace(/^must be /, "")))
      .join("; "),
    whenWrong: [
      ...(results.some(({ ok }) => !ok) ? ["Every callback gets HTTP 500."] : []),
      ...(said.length > 0 ? [`${said.map((check) => `"${textOf(check)}"`).join(", ")}.`] : []),
      ...effects.map((effect) => `${effect.charAt(0).toUpperCase()}${effect.slice(1)}.`),
    ].join(" "),
  };
}

/** The value that counts when nothing is set. */
function defaultOf(name: SettingName): string {
  const { [name as keyof typeof VALID]: _, ...others } = VALID;
  if (!readConfig(others).ok) return "required";
  const value = (settings(false).parse(VALID) as Record<string, unknown>)[name];
  return value === undefined ? "none" : codeOf(String(value));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}
