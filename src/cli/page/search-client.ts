/** Sections that readers can find. One entry of the index beside the pages. */
export interface SearchEntry {
  /** The page's address with the section's anchor. */
  href: string;
  chapter: string;
  heading: string;
  text: string;
}

export interface Found {
  entry: SearchEntry;
  /** A few words around the first place; what was looked for is `true`. */
  context: [text: string, marked: boolean][];
}

/**
 * The sections that hold every word of the query, best first. Words may be parts of words; where a word begins with
 * one, or a heading holds it, that counts for more. Sent to the page as its own source text.
 */
export function findSections(entries: readonly SearchEntry[], query: string): Found[] {
  // Without case and accents, and as long as it was, so that places stay places.
  const fold = (text: string): string =>
    Array.from(text)
      .map((sign) => {
        const plain = sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
        return plain.length === sign.length ? plain : sign;
      })
      .join("");
  const terms = [...new Set(fold(query.normalize("NFC")).split(/\s+/))].filter((term) => term !== "");
  const begins = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? "");
  /** How well a text answers a word: not at all, in the middle of words, at the beginning of one or of several. */
  const weigh = (text: string, term: string): { weight: number; first: number } => {
    let [inside, starts, first] = [0, 0, -1];
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
      const start = begins(text, at);
      if (first < 0 || (start && starts === 0)) first = at;
      if (start) starts++;
      else inside++;
    }
    return { weight: starts > 0 ? 4 + Math.min(starts, 6) : inside > 0 ? 1 : 0, first };
  };
  const context = (text: string, folded: string, at: number): Found["context"] => {
    let from = at < 60 ? 0 : at - 60;
    while (from > 0 && from < at && /\S/.test(text[from - 1] ?? "")) from++;
    let to = Math.min(text.length, from + 190);
    while (to < text.length && to > from + 150 && /\S/.test(text[to] ?? "")) to--;
    const parts: Found["context"] = from > 0 ? [["… ", false]] : [];
    for (let place = from; place < to;) {
      let [next, length] = [to, 0];
      for (const term of terms) {
        const hit = folded.indexOf(term, place);
        if (hit >= 0 && (hit < next || (hit === next && term.length > length))) {
          [next, length] = [hit, term.length];
        }
      }
      if (next > place) parts.push([text.slice(place, next), false]);
      if (length > 0) parts.push([text.slice(next, next + length), true]);
      place = next + length;
    }
    if (to < text.length) parts.push([" …", false]);
    return parts;
  };
  if (terms.length === 0) return [];
  const scored = entries.flatMap((entry, order) => {
    const [heading, chapter, text] = [fold(entry.heading), fold(entry.chapter), fold(entry.text)];
    let score = 0;
    let place = -1;
    for (const term of terms) {
      const inText = weigh(text, term);
      const weight = 6 * weigh(heading, term).weight + weigh(chapter, term).weight + inText.weight;
      if (weight === 0) return [];
      score += weight;
      if (place < 0) place = inText.first;
    }
    return [{ entry, order, score, context: context(entry.text, text, Math.max(0, place)) }];
  });
  scored.sort((a, b) => b.score - a.score || a.order - b.order);
  return scored.map(({ entry, context }) => ({ entry, context }));
}

/** Makes the header's search box work. The index is a script, which a page may read from the file system too. */
export function searchPages(find: typeof findSections, address: string): void {
  const form = document.querySelector<HTMLFormElement>(".search");
  const input = form?.querySelector<HTMLInputElement>("input");
  const panel = form?.querySelector<HTMLElement>(".found");
  const status = form?.querySelector<HTMLElement>("[role=status]");
  const list = form?.querySelector<HTMLElement>("ol");
  if (!form || !input || !panel || !status || !list) return;
  const most = 30;
  const world = window as unknown as { convlabSearch?: SearchEntry[] };
  let script: HTMLScriptElement | undefined;
  const load = (): void => {
    if (script) return;
    script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => show());
    script.addEventListener(
      "error",
      () => (status.textContent = "The index beside the page cannot be read."),
    );
    document.head.append(script);
  };
  const close = (): void => {
    panel.hidden = true;
  };
  const element = (name: string, text: string): HTMLElement => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const item = ({ entry, context }: Found): HTMLElement => {
    const link = document.createElement("a");
    link.href = entry.href;
    const chapter = element("small", entry.chapter);
    const words = document.createElement("span");
    for (const [text, marked] of context) words.append(marked ? element("mark", text) : text);
    link.append(chapter, element("b", entry.heading), words);
    const made = document.createElement("li");
    made.append(link);
    return made;
  };
  const show = (): void => {
    const query = input.value.trim();
    if (query === "" || !world.convlabSearch) {
      close();
      return;
    }
    const found = find(world.convlabSearch, query);
    const count =
      found.length === 0 ? "Nothing" : found.length === 1 ? "1 section" : `${found.length} sections`;
    const best = found.length > most ? `, the best ${most} here` : "";
    status.textContent = `${count} found for “${query}”${best}`;
    list.replaceChildren(...found.slice(0, most).map(item));
    list.hidden = found.length === 0;
    panel.scrollTop = 0;
    panel.hidden = false;
  };
  const links = (): HTMLElement[] => [...list.querySelectorAll("a")];
  input.addEventListener("focus", load);
  input.addEventListener("input", () => {
    load();
    show();
  });
  input.addEventListener("focus", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    links()[0]?.click();
  });
  // A click on a result of this very page leaves the page where it is.
  list.addEventListener("click", close);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      close();
      input.focus();
      close();
      return;
    }
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (way === undefined || panel.hidden) return;
    event.preventDefault();
    const stops = [input, ...links()];
    const at = stops.indexOf(document.activeElement as HTMLInputElement);
    stops[Math.min(stops.length - 1, Math.max(0, at + way))]?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName)) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  document.addEventListener("focusin", (event) => {
    if (!form.contains(event.target as Node)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!form.contains(event.target as Node)) close();
  });
  form.hidden = false;
}
