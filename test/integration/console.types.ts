/** Only type-checked: the page's type of /health is what the Worker answers. */
import type { Health as Shown } from "../../console/answers.ts";
import type { Health } from "../../src/api/health.ts";

type Figures = Omit<Shown, "status" | "unsigned">;
/** Every figure that is answered is one that the page can show, and the page waits for no other. */
export const shown = (health: Health): Figures => health;
export const names = (name: keyof Figures): keyof Health => name;
export const others = (name: keyof Health): keyof Figures => name;
