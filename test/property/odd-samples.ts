import fc from "fast-check";
import { officialSamples } from "../support/tencent.ts";

/** Values that a field of Tencent's may hold, and others. */
const oddValue = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(null, "", "\ud800", "__proto__", "a:b", 0, -1, 2 ** 53, 1e308, [], {}, true),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A place in a sample gets another value, or a member of a name that no page knows. */
const change = fc.record({
  at: fc.nat(),
  value: oddValue,
  invented: fc.option(fc.string({ minLength: 1, maxLength: 10 }), { freq: 3 }),
});

/** An official sample with something else in one or more places of it, at any depth. */
export const oddSample = fc
  .tuple(
    fc.constantFrom(...Object.values(officialSamples)),
    fc.array(change, { minLength: 1, maxLength: 3 }),
  )
  .map(([sample, changes]) => {
    const body = structuredClone(sample) as unknown as Record<string, unknown>;
    for (const { at, value, invented } of changes) {
      const places = placesOf(body);
      const [owner, name] = places[at % places.length] as [Record<string, unknown>, string];
      owner[Array.isArray(owner) ? name : (invented ?? name)] = value;
    }
    return { name: sample.CallbackCommand, body };
  });

/** Every member of every object and list inside of a value. */
function placesOf(value: object): [object, string][] {
  return Object.entries(value).flatMap(([name, member]): [object, string][] => [
    [value, name],
    ...(member !== null && typeof member === "object" ? placesOf(member) : []),
  ]);
}
