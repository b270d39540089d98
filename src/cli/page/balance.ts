/**
 * Closes what a cell's HTML leaves open, so that it cannot upset the page after it. HTML that is in order comes back
 * unchanged: figures rely on their scripts and attributes.
 */

// Source: the HTML standard, 13.1.2 "Elements".
const voids = words("area base br col embed hr img input link meta param source track wbr");
/** Elements whose contents are text up to their own end tag. */
const texts = words("script style textarea title xmp iframe noembed noframes");
/** Elements whose end tag may be left out: the parser closes them with whatever they stand in. */
const optional = words("p li dt dd rb rt rtc rp option optgroup colgroup caption thead tbody tfoot tr td th");
/** A page has one of each already, and would take over their attributes. */
const unique = words("html head body frameset");

function words(list: string): Set<string> {
  return new Set(list.split(" "));
}

/** One tag or comment; an attribute's value in quotes may hold ">". No two ways to read the same text: it is linear. */
const token =
  /<!--(?:>|->|[\s\S]*?--!?>|[\s\S]*$)|<[!?][^>]*>|<(\/?)([a-z][^\s/>]*)((?:[^>=]|=\s*"[^"]*"|=\s*'[^']*'|=(?!\s*["']))*)>/gi;

export function balanced(html: string): string {
  const open: string[] = [];
  let result = "";
  let at = 0;
  token.lastIndex = 0;
  for (let found = token.exec(html); found; found = token.exec(html)) {
    result += text(html.slice(at, found.index));
    at = token.lastIndex;
    const [whole, slash, tag, attributes = ""] = found;
    if (tag === undefined) {
      result += whole.startsWith("<!--") && !/--!?>$/.test(whole) ? `${whole}-->` : whole;
      continue;
    }
    const name = tag.toLowerCase();
    if (unique.has(name) || name === "plaintext") continue;
    if (slash === "/") {
      result += closed(name, open) ? whole : "";
      continue;
    }
    result += whole;
    if (voids.has(name) || (attributes.endsWith("/") && inDrawing(open, name))) continue;
    if (texts.has(name)) {
      const end = new RegExp(`</${name}(?:>|[\\s/][^>]*>)`, "i").exec(html.slice(at));
      const length = end ? end.index + end[0].length : html.length - at;
      result += html.slice(at, at + length) + (end ? "" : `</${name}>`);
      at += length;
      token.lastIndex = at;
    } else if (!optional.has(name)) open.push(name);
  }
  result += text(html.slice(at));
  for (const name of open.reverse()) result += `</${name}>`;
  return result;
}

/** Text between tags; a tag that never ends would swallow what follows. */
function text(between: string): string {
  return between.replace(/<(?=[a-z/!?])/gi, "&lt;");
}

/** Whether an end tag has something to end; what stands open inside it ends too. */
function closed(name: string, open: string[]): boolean {
  if (voids.has(name)) return false;
  if (optional.has(name)) return true;
  const index = open.lastIndexOf(name);
  if (index < 0) return false;
  open.length = index;
  return true;
}

/** In SVG and MathML "/>" ends an element; in HTML it says nothing. */
function inDrawing(open: string[], name: string): boolean {
  return name === "svg" || name === "math" || open.includes("svg") || open.includes("math");
}
