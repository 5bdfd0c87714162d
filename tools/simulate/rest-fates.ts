import type { RestFate } from "../tencent/rest-server.ts";
import { randomOf } from "./random.ts";

/** So large a part of the calls, from 0 to 1, gets this. */
export type RestFault = { rate: number; fate: RestFate };

/** An HTTP status has three digits, a code of Tencent's five. */
const STATUS = /^[3-5]\d\d$/;
const CODE = /^[1-9]\d{4}$/;

/** `60008`, or with its part of the calls `60008:0.1`, or an HTTP status in its place. */
export function parseRestFault(text: string): RestFault | undefined {
  const [what = "", rate = "1", ...others] = text.split(":");
  if (others.length > 0 || !/^(?:0|1|0?\.\d+|1\.0+)$/.test(rate)) return undefined;
  if (CODE.test(what)) return { rate: Number(rate), fate: { fault: "code", code: Number(what) } };
  if (STATUS.test(what)) {
    return { rate: Number(rate), fate: { fault: "status", status: Number(what) } };
  }
  return undefined;
}

/** What becomes of one call after the other: the same for the same seed. */
export function restFates(faults: readonly RestFault[], seed: number): () => RestFate {
  const random = randomOf(seed);
  return () => {
    // All are drawn each time: another rate of the one leaves the others as they are.
    const hit = faults.map(({ rate }) => random.fraction() < rate);
    return faults[hit.indexOf(true)]?.fate ?? { fault: "none" };
  };
}
