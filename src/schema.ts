import * as z from "zod/mini";

/**
 * These replace zod's own checks. Each of those adds code to every edge, and so do `z.int`, `z.enum`,
 * `z.boolean`, `z.tuple`, `z.union`, `z.nullable` and `z._default`: together over 2 KiB gzipped.
 * `z.refine` and `z.literal` are there anyway, and can say the same.
 */

/** A whole number from `min` to `max`. Without them: any that JavaScript holds exactly. */
export function whole(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
  problem?: string,
) {
  return z
    .number(problem)
    .check(z.refine((n) => Number.isSafeInteger(n) && n >= min && n <= max, problem));
}

/** Reads the digits of a whole number in a URL or a variable, and returns the number. */
export function wholeInText(min: number, max: number, problem: string) {
  return z.pipe(
    z.pipe(z.string(problem).check(matching(/^\d{1,15}$/, problem)), z.transform(Number)),
    whole(min, max, problem),
  );
}

/** What the schema accepts, or null. The schema must not turn what it reads into anything else. */
export function orNull<Schema extends z.ZodMiniType>(schema: Schema) {
  return z
    .unknown()
    .check(
      z.refine((value) => value === null || schema.safeParse(value).success),
    ) as z.ZodMiniType<z.output<Schema> | null>;
}

/** What the schema accepts, or the given value where nothing is set. */
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

/** A list of exactly these members, each as its schema says. No schema may change the value that it reads. */
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
