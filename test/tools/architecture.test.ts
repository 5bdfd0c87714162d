import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "vitest";

const text = readFileSync("docs/architecture.md", "utf8");
const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && file !== "env.d.ts",
);

/** The files of src/ that a file of src/ imports, at the start or when they are first used. */
function importsOf(file: string): string[] {
  const source = readFileSync(join("src", file), "utf8");
  return [...source.matchAll(/(?:from |import\()"(\.[^"]+)"/g)]
    .map(([, path = ""]) => normalize(join(dirname(file), path)))
    .filter((path) => !path.startsWith(".."));
}

/** A folder, or a file that lies in no folder, without its ending. */
const roomOf = (file: string) => (file.split("/")[0] ?? "").replace(/\.ts$/, "");

function rowsBelow(heading: string): string[][] {
  const rows = text.slice(text.indexOf(heading)).split("\n");
  const first = rows.findIndex((line) => line.startsWith("| ---"));
  const after = rows.slice(first + 1);
  return after
    .slice(
      0,
      after.findIndex((line) => !line.startsWith("|")),
    )
    .map((line) => line.split("|").map((cell) => cell.trim()));
}

const codeIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("docs/architecture.md", () => {
  const rooms = new Map(
    rowsBelow("## Layout").flatMap(([, names, , imports]) =>
      codeIn(names).map((name) => [name.replace(/\/$|\.ts$/, ""), codeIn(imports).toSorted()]),
    ),
  );

  it("has every room of src/ in its table", ({ expect }) => {
    expect([...rooms.keys()].toSorted()).toEqual([...new Set(files.map(roomOf))].toSorted());
  });

  it.for([...rooms])("says truly what %s imports", ([room, allowed], { expect }) => {
    const imported = files.filter((file) => roomOf(file) === room).flatMap(importsOf);
    const others = new Set(imported.map(roomOf).filter((other) => other !== room));
    expect([...others].toSorted()).toEqual(allowed);
  });

  it("lets no room import one that stands above it", ({ expect }) => {
    const order = [...rooms.keys()];
    const upwards = files.flatMap((file) =>
      importsOf(file)
        .filter((other) => order.indexOf(roomOf(other)) < order.indexOf(roomOf(file)))
        .map((other) => `${file} imports ${other}`),
    );
    expect(upwards).toEqual([]);
  });

  it("lets no file import itself, however many steps away", ({ expect }) => {
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const next of importsOf(from)) {
        if (!seen.has(next)) reached(next, seen.add(next));
      }
      return seen;
    };
    expect(files.filter((file) => reached(file).has(file))).toEqual([]);
  });

  const walks = rowsBelow("### A callback's walk").map(
    ([, command = "", walk]) => [command, codeIn(walk)] as const,
  );

  it("has the walk of every command that is handled", ({ expect }) => {
    const commands = readFileSync("src/tencent/commands.ts", "utf8").matchAll(
      /^ {2}"([^"]+)": \{ body:/gm,
    );
    expect(walks.map(([command]) => command)).toEqual([...commands].map(([, name]) => name));
  });

  it.for(walks)("shows a walk of %s that can be walked", ([, walk], { expect }) => {
    expect(walk.length).toBeLessThanOrEqual(8);
    const unreached = walk
      .slice(1)
      .filter(
        (file, place) => !walk.slice(0, place + 1).some((at) => importsOf(at).includes(file)),
      );
    expect(unreached).toEqual([]);
    const entry = importsOf("index.ts");
    expect(entry).toContain(walk[0]);
  });
});
