import { Later } from "../parts/later.tsx";
import type { EditorProps } from "./editor.tsx";

const editor = () => import("./editor.tsx").then(({ Editor }) => Editor);

/** The editor contains the linter of the rules. It is loaded when it is first opened. */
export function EditDialog(props: EditorProps) {
  return <Later load={editor} props={props} />;
}
