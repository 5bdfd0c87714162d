import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, it } from "vitest";
import { outputOf } from "../../tools/lib/child.ts";

/** Characters of one to four bytes, side by side. */
const TEXT = "aé小👋b½語🙅";
const BYTES = Buffer.from(TEXT);

/** A child that prints these pieces, and ends. */
function printing(stdout: readonly Buffer[], stderr: readonly Buffer[]): ChildProcess {
  const child = new EventEmitter() as ChildProcess;
  child.stdout = Readable.from(stdout, { objectMode: false });
  child.stderr = Readable.from(stderr, { objectMode: false });
  let open = 2;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("end", () => {
      open -= 1;
      if (open === 0) child.emit("close", 0);
    });
  }
  return child;
}

function script(code: string): ChildProcess {
  return spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "pipe"] });
}

describe("the output of a child", () => {
  it("is whole wherever it is cut", async ({ expect }) => {
    for (let cut = 0; cut <= BYTES.length; cut += 1) {
      const pieces = [BYTES.subarray(0, cut), BYTES.subarray(cut)];
      expect(await outputOf(printing(pieces, pieces))).toEqual({
        code: 0,
        stdout: TEXT,
        stderr: TEXT,
      });
    }
  });

  it("is whole where every byte comes by itself", async ({ expect }) => {
    const pieces = [...BYTES].map((byte) => Buffer.of(byte));
    expect((await outputOf(printing(pieces, []))).stdout).toBe(TEXT);
  });

  it("is whole where it is longer than a pipe holds", async ({ expect }) => {
    const { code, stdout } = await outputOf(script("process.stdout.write('小'.repeat(300_000))"));
    expect(code).toBe(0);
    expect(stdout === "小".repeat(300_000)).toBe(true);
  });

  it("comes with the exit code, and apart from the errors", async ({ expect }) => {
    const child = script("console.log('out'); console.error('err'); process.exitCode = 3");
    expect(await outputOf(child)).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("is refused where the child cannot be started", async ({ expect }) => {
    const child = spawn("/no/such/program", [], { stdio: ["ignore", "pipe", "pipe"] });
    await expect(outputOf(child)).rejects.toThrow("ENOENT");
  });

  it("is waited for where its signal stops it", async ({ expect }) => {
    const stop = new AbortController();
    const child = spawn(
      process.execPath,
      [
        "-e",
        "process.on('SIGTERM', () => setTimeout(() => process.exit(), 300)); console.log(1); setInterval(() => {}, 99)",
      ],
      { stdio: ["ignore", "pipe", "pipe"], signal: stop.signal },
    );
    const output = outputOf(child);
    child.stdout.once("data", () => stop.abort());
    await expect(output).rejects.toThrow("aborted");
    expect(child.exitCode).toBe(0);
  });

  it("is read by this alone, in every tool", ({ expect }) => {
    const sources = globSync("tools/**/*.ts").filter((path) => path !== "tools/lib/child.ts");
    expect(sources.length).toBeGreaterThan(50);
    const readers = sources.filter((path) =>
      /std(?:out|err)\??\.(?:on|once|pipe|read|setEncoding)\b|(?:of|input:) \w+\.stdout|\b(?:spawn|exec)\w*Sync\b|\bexecFile\b/.test(
        readFileSync(path, "utf8").replaceAll(/process\.std(?:out|err)/g, ""),
      ),
    );
    expect(readers).toEqual([]);
  });
});
