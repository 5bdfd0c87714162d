/** Where the focus goes when its element is gone. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>("#content h1")?.focus();
}
