import { Export } from "./export.tsx";
import { Import } from "./import.tsx";

export function Files() {
  return (
    <>
      <Import />
      <Export />
    </>
  );
}
