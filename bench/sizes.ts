import { withFolder } from "../tools/lib/folder.ts";
import { post } from "./applying.ts";
import { build } from "./build.ts";
import { databaseNames, startHarness } from "./harness.ts";
import type { Store, Stored, StoredBytes } from "./messages.ts";

/** No step runs so long that it would be cut off. */
const STEP_ROWS = 10_000;
const STORED: readonly Stored[] = ["friendship", "response", "refused response", "request"];

export type SizesResult = { rows: number; bytesPerRow: Record<Stored, number> };

/** How many bytes a row takes on disk when the consumer writes it. Each kind has its own database. */
export async function measureSizes(rows: number): Promise<SizesResult> {
  return withFolder(async (dir) => {
    await build(dir, "bench/worker/sizes.ts");
    const names = databaseNames(STORED.length);
    const harness = await startHarness(dir, names.length);
    try {
      const bytesPerRow: [Stored, number][] = [];
      for (const [index, stored] of STORED.entries()) {
        const database = names[index] as string;
        const store = async (from: number, to: number) => {
          const question = { database, stored, from, to, rows };
          return (await post<Store, StoredBytes>(harness, "/", question)).bytes;
        };
        const before = await store(0, 0);
        let after = before;
        for (let from = 0; from < rows; from += STEP_ROWS)
          after = await store(from, Math.min(rows, from + STEP_ROWS));
        bytesPerRow.push([stored, Math.round((after - before) / rows)]);
      }
      return { rows, bytesPerRow: Object.fromEntries(bytesPerRow) as Record<Stored, number> };
    } finally {
      await harness.close();
    }
  });
}
