import { escapeAttribute, escapeText } from "entities";
import { pageScript } from "./script.js";
import { findSections, searchPages } from "./search-client.js";
import { pageStyle } from "./style.js";
import { keepTheme, switchTheme } from "./theme-client.js";

/** What every page of ours is made of, whatever it shows. */
export interface DocumentParts {
  title: string;
  language: string;
  description?: string | undefined;
  /** Style sheets beside the page's own, as CSS text. */
  styles?: string[];
  /** The address of the search index, on the pages of a book: they have a header with a search box and a switch. */
  searchIndex?: string | undefined;
  /** HTML of the body, without the skip link. */
  body: string;
  /** Scripts that run after the page's own: JavaScript, or the address of a file on the same server. */
  scripts?: ({ code: string } | { address: string })[];
}

// A notebook's page is one file that asks the network for nothing, whatever its outputs contain.
// 'self' lets served pages share one copy of plotly.js; eval is what some Plotly charts and WebAssembly need.
const policy = [
  "default-src 'none'",
  "img-src data: blob:",
  "media-src data: blob:",
  "font-src data:",
  "style-src 'unsafe-inline'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src blob:",
  "connect-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const icon =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0a5a9c"/>' +
      '<path d="M7 7h18v18H7zM13 7v18M19 7v18M7 13h18M7 19h18" fill="none" stroke="#fff" stroke-opacity=".55" stroke-width="1.3"/>' +
      '<path d="M13 13h12v12H13z" fill="#fff" fill-opacity=".9"/></svg>',
  );

export function htmlDocument(parts: DocumentParts): string {
  const description = parts.description
    ? `<meta name="description" content="${escapeAttribute(parts.description.slice(0, 300))}">\n`
    : "";
  const { searchIndex } = parts;
  const inBook = searchIndex !== undefined;
  const header = inBook
    ? `(${String(switchTheme)})();\n(${String(searchPages)})(${String(findSections)}, ${JSON.stringify(searchIndex)});`
    : "";
  const scripts = [{ code: header + pageScript }, ...(parts.scripts ?? [])].map((script) =>
    "code" in script
      ? `<script>${inScript(script.code)}</script>`
      : `<script src="${escapeAttribute(script.address)}"></script>`,
  );
  return `<!doctype html>
<html lang="${escapeAttribute(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="convlab">
${description}<title>${escapeText(parts.title)}</title>
<link rel="icon" href="${icon}">
${(parts.styles ?? [])
  .filter((style) => style !== "")
  .map((style) => `<style>${style}</style>\n`)
  .join(
    "",
  )}<style>${pageStyle}</style>${inBook ? `\n<script>(${inScript(String(keepTheme))})();</script>` : ""}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${parts.body}
${scripts.join("\n")}
</body>
</html>
`;
}

/** JavaScript that cannot end or comment out the script element it stands in; its meaning is unchanged. */
function inScript(code: string): string {
  return code.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "\\x3c!--");
}
