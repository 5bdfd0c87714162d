import * as z from "zod/mini";

/**
 * zod without the checks that it has of its own: each of them, and `z.int`, `z.enum`, `z.boolean`,
 * `z.tuple`, `z.union`, `z.nullable` and `z._default`, brings code of its own to every edge, together
 * over 2 KiB gzipped. `z.refine` and `z.literal` are there anyway, and say the same.
 */

/** A whole number from one to another, each that JavaScript holds exactly where they are left out. */
export function whole(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
  problem?: string,
) {
  return z
    .number(problem)
    .check(z.refine((n) => Number.isSafeInteger(n) && n >= min && n <= max, problem));
}

/** The digits of a whole number, as it stands in a URL or a variable; the number comes out. */
export function wholeInText(min: number, max: number, problem: string) {
  return z.pipe(
    z.pipe(z.string(problem).check(matching(/^\d{1,15}$/, problem)), z.transform(Number)),
    whole(min, max, problem),
  );
}

/** As a schema says, which turns nothing into anything else, or null. */
export function orNull<Schema extends z.ZodMiniType>(schema: Schema) {
  return z
    .unknown()
    .check(
      z.refine((value) => value === null || schema.safeParse(value).success),
    ) as z.ZodMiniType<z.output<Schema> | null>;
}

/** As a schema says, and a value where nothing is given. */
export function orElse<Schema extends z.ZodMiniType>(schema: Schema, value: z.output<Schema>) {
  return z.pipe(
    z.optional(schema),
    z.transform((given): z.output<Schema> => given ?? value),
  );
}

type Problem = string | { error: string; abort: boolean };

/** A text that a pattern matches. */
export function matching(pattern: RegExp, problem?: Problem) {
  return z.refine<string>((text) => pattern.test(text), problem);
}

/** A text of so many UTF-16 units, or a list of so many entries. */
export function sized(min: number, max = Number.POSITIVE_INFINITY, problem?: Problem) {
  return z.refine<{ length: number }>(({ length }) => length >= min && length <= max, problem);
}

/** A list of just these members, each as its schema says. No schema in it may turn what it reads into anything else. */
export function entry<const Members extends readonly z.ZodMiniType[]>(
  members: Members,
  problem?: string,
) {
  const fits = (list: unknown) =>
    Array.isArray(list) &&
    list.length === members.length &&
    members.every((member, place) => member.safeParse(list[place]).success);
  return z.unknown().check(z.refine(fits, problem)) as z.ZodMiniType<{
    -readonly [Place in keyof Members]: z.output<Members[Place]>;
  }>;
}
