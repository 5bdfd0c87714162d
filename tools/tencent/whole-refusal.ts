import { familyOf } from "../../src/tencent/commands.ts";

/** The app's own codes with which a command of a family refuses. */
const OWN_CODES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  C2C: [120_001, 130_000],
  Group: [10_100, 10_200],
  OfficialAccount: [120_001, 130_000],
};

/** Sns refuses item by item; all others refuse an action as a whole, by ErrorCode. */
export function isWhole(command: string | undefined): boolean {
  return familyOf(command) !== "Sns";
}

/**
 * What the ErrorCode does to the action, if the answer says OK.
 *
 * https://www.tencentcloud.com/document/product/1047/34364
 *
 * @returns the problem is what the protocol does not allow about it
 */
export function wholeEffect(
  command: string,
  code: number,
): { blocked: boolean; says: string; problem?: string } {
  const [min, max] = OWN_CODES[familyOf(command)] ?? [];
  // Only a message can be dropped without telling anybody.
  const isMessage = command.endsWith(".CallbackBeforeSendMsg");
  if (code === 0) return { blocked: false, says: "the action passes" };
  if (code === 2 && isMessage) {
    return { blocked: true, says: "the message is dropped, and its sender is not told" };
  }
  if (code === 1) return { blocked: true, says: "the action is refused" };
  if (min === undefined || max === undefined) {
    return {
      blocked: false,
      says: "undocumented: no page has codes for this command",
      problem: `ErrorCode ${code} means nothing for this command`,
    };
  }
  if (code >= min && code <= max) {
    return { blocked: true, says: `the action is refused, with the app's own code ${code}` };
  }
  return {
    blocked: false,
    says: "undocumented: no page says what another code does",
    problem: `ErrorCode ${code} is neither ${isMessage ? "0, 1, 2" : "0, 1"} nor in ${min}..${max}`,
  };
}
