/** What to do after an answer. */
export type Act =
  | { act: "take" }
  /** The problem will pass: ask again, later. */
  | { act: "again" }
  /** Too many calls: ask again, and more slowly from now on. */
  | { act: "slower" }
  | { act: "sign-again" }
  /** Only this user has the problem. The user is left out. */
  | { act: "skip"; because: string }
  | { act: "give-up"; because: string }
  /** Every user would have the same problem. */
  | { act: "stop"; problem: string; todo: string };

/**
 * Tencent's codes that a reader of lists may get.
 *
 * https://cloud.tencent.com/document/product/269/1671
 */
export function actOn(code: number): Act {
  const known = ACTS.find(({ codes }) => codes.includes(code))?.act;
  if (known?.act === "stop") return { ...known, problem: `${known.problem} (code ${code})` };
  if (known?.act === "skip") return { ...known, because: `${known.because} (code ${code})` };
  return known ?? { act: "give-up", because: `Tencent answered the code ${code}` };
}

const CHECK_KEY =
  "give the app's own key in TENCENT_SECRET_KEY and its SDKAppID by --app-id: the console has both on one page";
const CHECK_ADMIN = "give an administrator of the app by --admin: the console lists them";
const CHECK_REGION =
  "give the data centre that the app was made in by --region, and check the SDKAppID";

const ACTS: readonly { codes: readonly number[]; act: Act }[] = [
  { codes: [0], act: { act: "take" } },
  { codes: [60_008, 60_014, 30_006, 30_007], act: { act: "again" } },
  { codes: [60_007, 60_011, 60_018, 60_019], act: { act: "slower" } },
  { codes: [70_001], act: { act: "sign-again" } },
  { codes: [30_003, 70_107], act: { act: "skip", because: "Tencent has no such account" } },
  {
    codes: [70_003, 70_009],
    act: stop("Tencent finds the UserSig wrong: the key is not this app's", CHECK_KEY),
  },
  { codes: [70_014], act: stop("the UserSig is another app's: the SDKAppID is wrong", CHECK_KEY) },
  {
    codes: [70_016, 70_020],
    act: stop("this data centre does not know the app, or has no key of it", CHECK_REGION),
  },
  {
    codes: [60_006, 60_012],
    act: stop("Tencent finds no SDKAppID, or a wrong one", "check the SDKAppID: --app-id"),
  },
  {
    codes: [70_013],
    act: stop("the UserSig is another account's than the administrator's", CHECK_ADMIN),
  },
  {
    codes: [60_004, 60_005],
    act: stop("Tencent finds the administrator or the UserSig wrong", CHECK_ADMIN),
  },
  { codes: [60_010, 30_004], act: stop("the account is no administrator of the app", CHECK_ADMIN) },
  {
    codes: [60_021],
    act: stop(
      "this machine's address is not on the app's list of allowed callers",
      "add it to the list in the console, or run this on a machine whose address is on it; a job of a CI " +
        "service needs a runner with a fixed address",
    ),
  },
  { codes: [60_016], act: stop("the app is disabled", "see the app's state in the console") },
  {
    codes: [60_017],
    act: stop("Tencent refuses this request for the app", "ask Tencent's support why"),
  },
  {
    codes: [60_020],
    act: stop("the app's plan has ended or has no REST API", "see the app's plan in the console"),
  },
];

function stop(problem: string, todo: string): Act {
  return { act: "stop", problem, todo };
}
