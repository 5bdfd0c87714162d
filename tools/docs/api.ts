import { ToolError } from "../lib/tool.ts";
import { BODY_EXAMPLES, PATH_EXAMPLES } from "./examples.ts";
import { anchorOf, codeOf, table } from "./markdown.ts";
import type { OpenApi, Operation } from "./openapi.ts";
import { descriptionOf, fieldTable, typeOf } from "./schema.ts";

const HEAD = `# The read API

Your backend asks it about friends, blacklists, recommendations and decisions. The console asks it about rules, too.
It is off until the Worker has the secret \`API_TOKEN\` or \`MODERATOR_TOKEN\`. \`GET /v1/openapi.json\` has the same as
an OpenAPI document.

Each request has the header \`Authorization: Bearer\` with one of the two. \`MODERATOR_TOKEN\` reads and explains
everything, and changes rules; anything else that changes something is answered with 403. The examples work with
\`npm start\`, whose token is \`local-api-token\`. A refusal is a [Problem](#problem) as \`application/problem+json\`:
its \`detail\` says what to do.

Times are milliseconds since the epoch. Bodies and answers are JSON, and answers may get more fields. How to keep a
copy of a list up to date is in the [examples](../examples/README.md).
`;

/** docs/api.md, from the OpenAPI document. */
export function apiPage({ paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...{ path, method: method.toUpperCase(), operation },
    })),
  );
  const overview = operations.map(({ path, method, operation }) => [
    `[\`${method} ${path}\`](#${anchorOf(`${method} ${path}`)})`,
    operation.summary,
  ]);
  return [
    `${HEAD}\n${table(["Request", "What it does"], overview)}`,
    ...operations.map(({ path, method, operation }) => section(path, method, operation)),
    "## What the answers hold\n",
    ...Object.entries(components.schemas).map(
      ([name, schema]) =>
        `### ${name}\n\n${schema.description ? `${schema.description}.\n\n` : ""}${fieldTable(schema)}`,
    ),
  ].join("\n");
}

function section(path: string, method: string, operation: Operation): string {
  const { summary, parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  const rows = parameters.map(({ name, in: place, required, schema, description }) => [
    ...[codeOf(name), place, typeOf(schema)],
    schema.default === undefined
      ? required
        ? "required"
        : "none"
      : codeOf(String(schema.default)),
    description ?? descriptionOf(schema),
  ]);
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const [schema] = Object.values(content).map((each) => each.schema);
    return [status, description, schema === undefined ? "none" : typeOf(schema)];
  });
  return [
    `## ${method} ${path}\n`,
    `${summary}.\n`,
    `\`\`\`sh\n${exampleOf(path, method, operation)}\n\`\`\`\n`,
    ...(rows.length > 0 ? [table(["Parameter", "In", "Type", "Default", "What it is"], rows)] : []),
    ...(body === undefined
      ? []
      : [body.$ref === undefined ? fieldTable(body) : `The body is a ${typeOf(body)}.\n`]),
    table(["Answer", "When", "Body"], answers),
  ].join("\n");
}

/** A command that the reader can paste. */
function exampleOf(path: string, method: string, operation: Operation): string {
  const { operationId, requestBody } = operation;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(exampleFor(PATH_EXAMPLES, name)),
  );
  return [
    `curl -s${method === "GET" ? "" : ` -X ${method}`}`,
    "-H 'Authorization: Bearer local-api-token'",
    ...(requestBody
      ? ["-H 'Content-Type: application/json'", `-d '${exampleFor(BODY_EXAMPLES, operationId)}'`]
      : []),
    `http://localhost:8787${filled}${queryOf(operation)}`,
  ].join(" \\\n  ");
}

/** The parameters that a request must have. */
function queryOf({ parameters = [] }: Operation): string {
  const needed = parameters.filter((each) => each.in === "query" && each.required);
  const query = needed.map(({ name, schema }) => `${name}=${String(schema.enum?.[0])}`);
  return query.length > 0 ? `?${query.join("&")}` : "";
}

function exampleFor(examples: Record<string, string>, name: string): string {
  const example = examples[name];
  if (example === undefined)
    throw new ToolError(`there is no example for ${name}`, "put one into tools/docs/examples.ts");
  return example;
}
