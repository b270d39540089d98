/**
 * Runs in the page's head, before anything is painted: gives the page the theme that its reader chose.
 * Sent to the page as its own source text, so it refers to nothing outside itself.
 */
export function keepTheme(): void {
  try {
    const chosen = localStorage.getItem("convlab-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // No storage for this page: it follows the system.
  }
}

/** Makes the header's switch work. Figures and charts follow the attribute that it sets. */
export function switchTheme(): void {
  const button = document.querySelector<HTMLElement>(".theme");
  if (!button) return;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = (): boolean => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = (): void => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    // Whoever wants what the system says follows the system from then on.
    const same = (wanted === "dark") === system.matches;
    if (same) delete root.dataset.theme;
    else root.dataset.theme = wanted;
    try {
      if (same) localStorage.removeItem("convlab-theme");
      else localStorage.setItem("convlab-theme", wanted);
    } catch {
      // Remembered as long as the page is open.
    }
    show();
  });
  system.addEventListener("change", show);
  button.hidden = false;
  show();
}
