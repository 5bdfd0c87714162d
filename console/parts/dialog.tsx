import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useConsole } from "../context.ts";

type Props = { title: string; onClose: () => void; children: ComponentChildren };

/** The browser's own dialog. It keeps the focus inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: Props) {
  const { texts } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain" aria-label={texts.close} onClick={onClose}>
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}

type ConfirmProps = {
  question: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something is destroyed, and says how many would be destroyed. */
export function Confirm({ question, action, onConfirm, onClose }: ConfirmProps) {
  const { texts } = useConsole();
  return (
    <Dialog title={question} onClose={onClose}>
      <div class="buttons end">
        <button type="button" class="plain" onClick={onClose}>
          {texts.cancel}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
