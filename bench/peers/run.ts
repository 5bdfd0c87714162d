/** One round of one contender, in a process of its own: `run.ts SERVER KIND SIZE COUNT BUNDLE FROM`. */
import { type Kind, signedCallback } from "../callbacks.ts";
import { percentileOf } from "../statistics.ts";
import type { Contender, Server } from "./contender.ts";

const [name, kind, size, count, bundle, from] = process.argv.slice(2) as [
  Server,
  Kind,
  string,
  string,
  string,
  string,
];
const { createContender } = (await import(`./${name}.ts`)) as {
  createContender: (bundle: string, from: string) => Promise<Contender>;
};
const contender = await createContender(bundle, from);

// As many again before, so that what is hot is compiled.
const callbacks = await Promise.all(
  Array.from({ length: 2 * Number(count) }, (_, index) =>
    signedCallback(kind, Number(size), `user${index}`),
  ),
);
const measured = callbacks.splice(Number(count));
for (const callback of callbacks) {
  await contender.answer(callback);
  await contender.between();
}
await contender.settle();

const OK = `{"ActionStatus":"OK","ErrorCode":0`;
const milliseconds: number[] = [];
const replies = new Set<string>();
const before = process.cpuUsage();
for (const callback of measured) {
  const started = performance.now();
  const reply = await contender.answer(callback);
  milliseconds.push(performance.now() - started);
  await contender.between();
  replies.add(reply.slice(0, OK.length));
}
await contender.settle();
const { user, system } = process.cpuUsage(before);

const expected = kind === "friend added" ? 2 * Number(count) * Number(size) : 0;
if (replies.size !== 1 || !replies.has(OK)) {
  throw new Error(`${name} answered ${[...replies].join("\n")}`);
}
if (contender.stored() !== expected) throw new Error(`${name} stored ${contender.stored()}`);
process.send?.({
  cpuMicroseconds: (user + system) / measured.length,
  p50: percentileOf(milliseconds, 50) * 1000,
  p99: percentileOf(milliseconds, 99) * 1000,
});
