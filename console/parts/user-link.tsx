import { hrefOf } from "../route.ts";

/** A UserID, which is any text: it turns nothing around, and breaks where it must. */
export function UserLink({ id }: { id: string }) {
  return (
    <a class="id" href={hrefOf("user", [id])}>
      <bdi>{id}</bdi>
    </a>
  );
}
