import type { Compared, Figures } from "./deployment.ts";

/** What a reconciliation has found so far. */
export type Found = Figures & {
  /** Friends in the lists that the table already had. */
  unchanged: number;
};

export const NOTHING: Found = {
  users: 0,
  checked: 0,
  missing: 0,
  extra: 0,
  repaired: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
};

/** The same figures after the deployment has compared the lists of so many users. */
export function withCompared(found: Found, users: number, compared: Compared): Found {
  return {
    ...found,
    users: found.users + users,
    checked: found.checked + compared.friends,
    missing: found.missing + compared.missing,
    extra: found.extra + compared.extra,
    repaired: found.repaired + compared.repaired,
    unchanged: found.unchanged + compared.unchanged,
  };
}

export function withSkipped(found: Found): Found {
  return { ...found, users: found.users + 1, skipped: found.skipped + 1 };
}

export function withFailed(found: Found): Found {
  return { ...found, users: found.users + 1, failed: found.failed + 1 };
}

/** The same figures without the users who failed: they are tried again. */
export function withoutFailed(found: Found): Found {
  return { ...found, users: found.users - found.failed, failed: 0 };
}
