import { describe, it } from "vitest";
import { chunksWithin, jsonByteLength } from "../../../src/events/chunks.ts";

describe("values in chunks", () => {
  it.for<[values: string[], maxValues: number, maxBytes: number, chunks: string[][]]>([
    [[], 2, 100, []],
    [["a", "b"], 2, 100, [["a", "b"]]],
    [["a", "b", "c"], 2, 100, [["a", "b"], ["c"]]],
    // Each is three bytes and a comma.
    [["a", "b", "c"], 3, 12, [["a", "b", "c"]]],
    [["a", "b", "c"], 3, 11, [["a", "b"], ["c"]]],
    [["a", "b", "c"], 3, 9, [["a", "b"], ["c"]]],
    [["é", "b"], 3, 9, [["é", "b"]]],
    [["é", "b"], 3, 8, [["é"], ["b"]]],
    // What is too large by itself is alone.
    [["a", "large", "c"], 3, 6, [["a"], ["large"], ["c"]]],
  ])(
    "%j with at most %i values and %i bytes are %j",
    ([values, maxValues, maxBytes, chunks], { expect }) => {
      expect(chunksWithin(values, maxValues, maxBytes, jsonByteLength)).toEqual(chunks);
    },
  );
});
