/** Reads the conformance vectors: test/conformance/README.md documents their format. */
import { signOf } from "../../tools/tencent/url.ts";
import { APP_ID, TOKEN } from "./tencent.ts";

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export type Vector = {
  name: string;
  why: string;
  config?: Record<string, string | null>;
  blocklist?: Record<string, Json>;
  request: {
    method?: string;
    path?: string;
    query?: Record<string, string | string[] | null>;
    rawQuery?: string;
    sign?: { offsetSeconds?: number; requestTime?: string; token?: string; hashed?: string };
    headers?: Record<string, string>;
    body?: Json;
    bodyText?: Json;
    bodyBase64?: string;
  };
  expect: {
    status: Json;
    body?: Json;
    headers?: Record<string, string | null>;
    events?: Json[];
  };
};

/** The request that a vector describes. */
export async function requestOf({ request, config }: Vector): Promise<Request> {
  const { offsetSeconds = 0, hashed = "{token}{requestTime}" } = request.sign ?? {};
  const token = request.sign?.token ?? config?.CALLBACK_TOKEN ?? TOKEN;
  const now = String(Math.floor(Date.now() / 1000) + offsetSeconds);
  const requestTime = (request.sign?.requestTime ?? now).replaceAll("{now}", now);
  const sign = await signOf(filled(hashed, { token, requestTime }), "");
  const values = {
    requestTime,
    sign,
    SIGN: sign.toUpperCase(),
    sign63: sign.slice(0, 63),
  };

  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...defaultQuery(request.body), ...request.query })) {
    for (const text of [value ?? []].flat()) query.append(name, filled(text, values));
  }
  const rawQuery = filled(request.rawQuery ?? "{query}", { ...values, query: query.toString() });
  return new Request(`https://callback.example${request.path ?? "/"}?${rawQuery}`, {
    method: request.method ?? "POST",
    headers: request.headers ?? {},
    body: bodyOf(request),
  });
}

function defaultQuery(body: Json | undefined): Record<string, string> {
  const command =
    body !== null && typeof body === "object" && !Array.isArray(body)
      ? body.CallbackCommand
      : undefined;
  return {
    SdkAppid: APP_ID,
    ...(typeof command === "string" && { CallbackCommand: command }),
    contenttype: "json",
    ClientIP: "127.0.0.1",
    OptPlatform: "Web",
    RequestTime: "{requestTime}",
    Sign: "{sign}",
  };
}

/** As bytes, for which a Request makes up no Content-Type. */
function bodyOf({ body, bodyText, bodyBase64 }: Vector["request"]): Uint8Array | null {
  if (bodyBase64 !== undefined) return Uint8Array.fromBase64(bodyBase64);
  if (bodyText !== undefined) return encoder.encode([expanded(bodyText)].flat().join(""));
  return body === undefined ? null : encoder.encode(JSON.stringify(expanded(body)));
}

const encoder = new TextEncoder();

/** Puts values in place of `{name}`. */
function filled(text: string, values: Record<string, string>): string {
  return Object.entries(values).reduce(
    (result, [name, value]) => result.replaceAll(`{${name}}`, () => value),
    text,
  );
}

type Generator = { times: number; from?: number; text?: string; value?: Json };

function generatorOf(value: Json): Generator | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value) && "$repeat" in value
    ? (value.$repeat as Generator)
    : undefined;
}

/** JSON with its generators carried out. */
export function expanded(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.flatMap((element) => elementsOf(element));
  if (typeof value.$msFromNow === "number") return Date.now() + value.$msFromNow;
  const generator = generatorOf(value);
  if (generator) return (generator.text ?? "").repeat(generator.times);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, expanded(member)]),
  );
}

function elementsOf(element: Json): Json[] {
  const generator = generatorOf(element);
  if (generator?.value === undefined) return [expanded(element)];
  const { times, from = 0, value } = generator;
  return Array.from({ length: times }, (_, index) =>
    JSON.parse(JSON.stringify(expanded(value)).replaceAll("{i}", String(from + index))),
  );
}

/** Where a value differs from what is expected, matchers included; undefined where it does not. */
export function difference(actual: unknown, expected: Json, at = "$"): string | undefined {
  if (expected === null || typeof expected !== "object") {
    return Object.is(actual, expected)
      ? undefined
      : `${at}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${at}: ${JSON.stringify(actual)} is no list`;
    if (actual.length !== expected.length) {
      return `${at}: ${actual.length} elements are not ${expected.length}`;
    }
    return first(expected, (element, index) =>
      difference(actual[index], element, `${at}[${index}]`),
    );
  }
  if ("$is" in expected) {
    return matches(actual, String(expected.$is), Number(expected.msFromNow ?? 0))
      ? undefined
      : `${at}: ${JSON.stringify(actual)} is no ${expected.$is}`;
  }
  if (Array.isArray(expected.$oneOf)) {
    return expected.$oneOf.some((one) => difference(actual, one) === undefined)
      ? undefined
      : `${at}: ${JSON.stringify(actual)} is none of ${JSON.stringify(expected.$oneOf)}`;
  }
  if (actual === null || typeof actual !== "object" || Array.isArray(actual)) {
    return `${at}: ${JSON.stringify(actual)} is no object`;
  }
  const members = actual as Record<string, unknown>;
  const unexpected = Object.keys(members).find((name) => !Object.hasOwn(expected, name));
  if (unexpected !== undefined) return `${at}.${unexpected} is not expected`;
  return first(Object.entries(expected), ([name, member]) =>
    difference(members[name], member, `${at}.${name}`),
  );
}

function first<T>(values: T[], differenceOf: (value: T, index: number) => string | undefined) {
  for (const [index, value] of values.entries()) {
    const found = differenceOf(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function matches(value: unknown, matcher: string, msFromNow: number): boolean {
  switch (matcher) {
    case "text":
      return typeof value === "string";
    case "some-text":
      return typeof value === "string" && value !== "";
    case "refusal-code":
      return Number.isInteger(value) && Number(value) >= 38_000 && Number(value) <= 39_000;
    case "order-key":
      return Number.isSafeInteger(value) && Number(value) >= 1;
    case "order-key-of":
      // The test is over in less than a minute.
      return Math.abs(Math.floor(Number(value) / 1_024) - Date.now() - msFromNow) < 60_000;
    default:
      throw new Error(`The README knows no matcher ${matcher}`);
  }
}

/** Messages that differ in `pairs` alone, joined. */
export function joined(messages: readonly unknown[]): unknown[] {
  const events = new Map<string, { pairs: unknown[] }>();
  for (const message of messages as { pairs: unknown[] }[]) {
    const key = JSON.stringify({ ...message, pairs: [] });
    const event = events.get(key) ?? { ...message, pairs: [] };
    event.pairs.push(...message.pairs);
    events.set(key, event);
  }
  return [...events.values()];
}
