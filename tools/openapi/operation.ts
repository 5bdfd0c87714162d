import * as z from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";

/** The parts that the document's operations are made of. */

export const problem = z
  .object({ title: z.string(), status: z.int(), detail: z.string() })
  .meta({ description: "RFC 9457: what is wrong, and what to do about it" });

/** In a URL a number is text, and the schema checks text. The document says that it is a number. */
export function describe(schema: z.core.$ZodType, description: string, override = {}): void {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description, override });
}
export const rows = (max: number, ordinary: number) => ({
  type: "integer",
  pattern: undefined,
  minimum: 1,
  maximum: max,
  default: ordinary,
});
export const flag = { type: "string", enum: ["true", "false"], default: "false" };

export const answer = (description: string, schema?: z.core.$ZodType) => ({
  description,
  ...(schema && { content: { "application/json": { schema } } }),
});
export const failure = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problem } },
});
export const expired = failure("Deletions since then are forgotten: read the list without `since`");

/** For the reads that go through a session of the database. */
const bookmark = (description: string) =>
  z.object({ "X-D1-Bookmark": z.optional(z.string()).meta({ description }) });
export const session = {
  header: bookmark(
    "`first-primary`, or this header of an earlier answer: what is read is as new as that",
  ),
};
export const sessionAnswer = (description: string, schema: z.core.$ZodType) => ({
  ...answer(description, schema),
  headers: bookmark("How new what was read is, for the header of a later request"),
});

type Parameters = {
  header?: z.core.$ZodObject;
  path?: z.core.$ZodObject;
  query?: z.core.$ZodObject;
  body?: z.core.$ZodObject;
};

export function operation(
  operationId: string,
  summary: string,
  { header, path, query, body }: Parameters,
  responses: ZodOpenApiOperationObject["responses"],
): ZodOpenApiOperationObject {
  return {
    operationId,
    summary,
    ...((header || path || query) && {
      requestParams: { ...(path && { path }), ...(query && { query }), ...(header && { header }) },
    }),
    ...(body && { requestBody: { content: { "application/json": { schema: body } } } }),
    responses: {
      ...((header || path || query || body) && { 400: failure("A parameter is wrong") }),
      401: failure("The token is missing or wrong"),
      403: failure("It is for the admin, or not for this page"),
      ...responses,
    },
  };
}
