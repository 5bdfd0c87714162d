import { TICKS_PER_MS } from "../../events/order-key.ts";
import { type ErasureWalk, erasing } from "../walk.ts";

/** What a tombstone keeps besides its key, its order key and its time; see migrations/0003. */
export const NOTHING_ELSE = `
  added_at = NULL, initiator_id = NULL, source = NULL, admin_id = NULL, forced = 0,
  change = (SELECT current FROM friend_changes WHERE id = 1)`;

const orderKey = "(SELECT erasures.order_key FROM erasures WHERE user_id = friend_id)";

/** Rows of others that point to the users who are erased. */
export const friendsWalk: ErasureWalk = {
  table: "friends",
  key: ["user_id", "friend_id"],
  start: '["",""]',
  erase: `
UPDATE friends SET
  order_key = ${orderKey}, deleted_at = ${orderKey} / ${TICKS_PER_MS}, ${NOTHING_ELSE}
WHERE deleted_at IS NULL AND ${erasing("friends.friend_id", "friends.order_key")}`,
};
