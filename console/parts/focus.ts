/** Where the reader goes on when what had the focus is gone. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>("#content h1")?.focus();
}
