/** Letters that look like the Latin ones below them, in this case; digits and capitals that do among them. */
const PAIRS: readonly (readonly [string, string])[] = [
  // Cyrillic
  ["АВЕЅІЈКМНОРСТУХЗҮԌԚԜ", "abesijkmhopctyx3ygqw"],
  ["аеорсухіјѕԁһԛԝкмтвнгүӏ", "aeopcyxijsdhqwkmtbhryi"],
  // Greek
  ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"],
  ["αβγειικνορτυχω", "abyeiikvoptuxw"],
  // Latin
  ["Il|ıɩɪ!", "iiiiiii"],
  ["ɑɡɢʀʏᴀᴄᴏᴜᴠᴡᴢꜱ", "aggryacouvwzs"],
  ["01", "oi"],
];

const LATIN: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap(([letters, latin]) => {
    const targets = [...latin];
    return [...letters].map((letter, at) => [letter, targets[at]!] as const);
  }),
);

/**
 * What two names have in common that look the same at a glance: without marks, spaces and punctuation, and each letter as
 * the Latin one that it resembles. Not a name to show.
 */
export function foldedName(name: string): string {
  const plain = name.normalize("NFKD");
  let folded = "";
  for (const letter of plain) {
    // As it stands first, for Η looks like H and η like n.
    const lower = letter.toLowerCase();
    folded += LATIN.get(letter) ?? LATIN.get(lower) ?? lower;
  }
  const letters = folded.replace(/[^\p{L}\p{N}]/gu, "");
  // A name may be nothing but an emoji.
  return letters === "" ? plain : letters;
}
