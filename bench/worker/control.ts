/**
 * The few lines beside which memory is looked at: they take what comes, ask each binding once, and answer.
 * What grows here, too, is the runtime's.
 */
export default {
  async fetch(request, { BLOCKLIST, FRIEND_EVENTS, DB }) {
    const { length } = await request.text();
    await BLOCKLIST.get([`user:${length}`, "pair:a:b"], "text");
    await FRIEND_EVENTS.send({ length }, { contentType: "json" });
    await DB.prepare("SELECT 1").all();
    console.log(JSON.stringify({ event: "answered", length }));
    return Response.json({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
  },
} satisfies ExportedHandler<Env>;
