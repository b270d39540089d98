/** What one cell has shown of what a cell may show, and what of it was left out. */
import type { TextMessage } from "./frames";

export interface CellLimits {
  /** Characters of text, bytes of pictures, and how many pictures. */
  text: number;
  pictureBytes: number;
  pictures: number;
}

/** So much of a stream's end is shown although its middle is not. */
const tailLength = 10_000;
/** As many pictures a cell may still show while it is being stopped. */
const lastPictures = 100;

export class CellAccount {
  private text = 0;
  private pictures = 0;
  private pictureBytes = 0;
  /** From here on text is kept back: the last of it is shown at the end. */
  private full = false;
  private tail: TextMessage[] = [];
  private tailText = 0;
  /** It has been said that nothing more of it will be shown. */
  isClosed = false;
  private readonly lost = { lines: 0, text: 0, pictures: 0 };

  constructor(private readonly limits: CellLimits) {}

  get isFull(): boolean {
    return this.full || this.text > this.limits.text;
  }

  addText(length: number): void {
    this.text += length;
  }

  /** Whether another picture may be shown; one that may not is counted. */
  addPicture(bytes: number): boolean {
    this.pictures++;
    this.pictureBytes += bytes;
    const fits = this.pictures <= this.limits.pictures && this.pictureBytes <= this.limits.pictureBytes;
    if (!fits) this.lost.pictures++;
    return fits;
  }

  /** Keeps text for the end; of what is too much for that, the older part is lost. */
  keepBack(message: TextMessage): void {
    this.full = true;
    this.tail.push(message);
    this.tailText += message.text.length;
    while (this.tailText > tailLength) {
      const [first] = this.tail;
      const cut = Math.min(first.text.length, this.tailText - tailLength);
      this.lost.text += cut;
      this.lost.lines += lineEnds(first.text.slice(0, cut));
      this.tailText -= cut;
      if (cut === first.text.length) this.tail.shift();
      else this.tail[0] = { ...first, text: first.text.slice(cut) };
    }
  }

  /** The cell is being stopped: what it still says is kept for its end. */
  stop(): void {
    this.full = true;
    this.pictures = Math.max(this.pictures, this.limits.pictures - lastPictures);
  }

  /** What it has shown is gone, and counts no more. */
  clear(): void {
    this.text = this.pictures = this.pictureBytes = this.tailText = 0;
    this.tail = [];
    Object.assign(this.lost, { lines: 0, text: 0, pictures: 0 });
  }

  /** What is to be shown at the cell's end: a line that says what was left out, and what was kept back. */
  rest(cell: number): TextMessage[] {
    const note = this.leftOut();
    const name = this.tail[0]?.name ?? "stdout";
    return [...(note === "" ? [] : [{ type: "stream" as const, cell, name, text: note }]), ...this.tail];
  }

  private leftOut(): string {
    const { lines, text, pictures } = this.lost;
    const parts = [
      ...(text > 0 ? [`${lines.toLocaleString("en")} lines (${size(text)}) of text`] : []),
      ...(pictures > 0 ? [`${pictures.toLocaleString("en")} pictures`] : []),
    ];
    return parts.length === 0 ? "" : `\n… ${parts.join(" and ")} were left out here …\n`;
  }
}

export function lineEnds(text: string): number {
  let found = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found++;
  return found;
}

function size(characters: number): string {
  return characters < 1e6
    ? `${String(Math.ceil(characters / 1000))} kB`
    : `${(characters / 1e6).toFixed(1)} MB`;
}
