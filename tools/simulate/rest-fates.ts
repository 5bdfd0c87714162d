import type { RestFate } from "../tencent/rest-server.ts";
import { randomOf } from "./random.ts";

/** So large a part of the calls, from 0 to 1, gets this. */
export type RestFault = { rate: number; fate: RestFate };

/** An HTTP status has three digits. Tencent's codes have five. */
const STATUS = /^[3-5]\d\d$/;
const CODE = /^[1-9]\d{4}$/;

/** `60008`, or `60008:0.1` with its part of the calls. An HTTP status may take the place of the code. */
export function parseRestFault(text: string): RestFault | undefined {
  const [what = "", rate = "1", ...others] = text.split(":");
  if (others.length > 0 || !/^(?:0|1|0?\.\d+|1\.0+)$/.test(rate)) return undefined;
  if (CODE.test(what)) return { rate: Number(rate), fate: { fault: "code", code: Number(what) } };
  if (STATUS.test(what)) {
    return { rate: Number(rate), fate: { fault: "status", status: Number(what) } };
  }
  return undefined;
}

/** The fate of each call, one after the other. The same seed gives the same fates. */
export function restFates(faults: readonly RestFault[], seed: number): () => RestFate {
  const random = randomOf(seed);
  return () => {
    // All numbers are drawn each time. So a new rate of one does not change the others.
    const hit = faults.map(({ rate }) => random.fraction() < rate);
    return faults[hit.indexOf(true)]?.fate ?? { fault: "none" };
  };
}
