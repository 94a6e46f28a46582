/** One stop for Tab, arrow keys inside: the toolbar pattern of the ARIA Authoring Practices. */
export function rove(toolbar: HTMLElement): void {
  const buttons = [...toolbar.querySelectorAll("button")];
  const stopAt = (stop: HTMLButtonElement): void => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };
  const [first] = buttons;
  if (first === undefined) return;
  stopAt(first);
  toolbar.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLButtonElement) stopAt(target);
  });
  toolbar.addEventListener("keydown", (event) => {
    const index = buttons.indexOf(event.target as HTMLButtonElement);
    if (index === -1) return;
    const next = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    buttons.at(next % buttons.length)?.focus();
  });
}
