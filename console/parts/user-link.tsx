import { hrefOf } from "../route.ts";

/** A UserID may be any text. It does not change the direction of other text, and breaks where it must. */
export function UserLink({ id }: { id: string }) {
  return (
    <a class="id" href={hrefOf("user", [id])}>
      <bdi>{id}</bdi>
    </a>
  );
}
