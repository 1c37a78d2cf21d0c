// PostgreSQL's text holds every character but U+0000. U+0000 is stored as U+0001 "0", and U+0001 itself as U+0001 "1":
// nothing is lost, and names keep their order by bytes.

/** As PostgreSQL stores it. */
export function toStored(text: string): string {
  if (!text.includes("\u0000") && !text.includes("\u0001")) return text;
  return text.replaceAll("\u0001", "\u00011").replaceAll("\u0000", "\u00010");
}

/** As it was given. */
export function fromStored(text: string): string {
  if (!text.includes("\u0001")) return text;
  return text.replaceAll("\u00010", "\u0000").replaceAll("\u00011", "\u0001");
}
