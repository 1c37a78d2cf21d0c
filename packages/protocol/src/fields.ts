// The fields that frames of clients are made of. A value of a wrong JSON type is `bad_frame`; one of the right
// type that will not do has an error code of its own, which travels as the message of valibot's issue.

import * as v from "valibot";
import type { ErrorCode } from "./errors.ts";
import { isId, isSession } from "./ids.ts";
import { maxEpochUnits, maxPageEvents, maxRefUnits } from "./limits.ts";
import { cleanName } from "./names.ts";
import { parseRoom } from "./rooms.ts";
import { textFault } from "./text.ts";

/** A check whose verdict is an error code, or undefined where all is well. */
export function judged<T>(judge: (value: T) => ErrorCode | undefined) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    const code = dataset.typed ? judge(dataset.value) : undefined;
    if (code !== undefined) addIssue({ message: code });
  });
}

function stringOf(isGood: (text: string) => boolean, code: ErrorCode) {
  return v.pipe(
    v.string(),
    judged<string>((text) => (isGood(text) ? undefined : code)),
  );
}

function numberOf(isGood: (value: number) => boolean, code: ErrorCode) {
  return v.pipe(
    v.number(),
    judged<number>((value) => (isGood(value) ? undefined : code)),
  );
}

/** Whether the server may send it back: a lone surrogate would come back as something else. */
export function isRef(text: string): boolean {
  return text !== "" && text.length <= maxRefUnits && text.isWellFormed();
}

export const room = stringOf((text) => parseRoom(text) !== undefined, "bad_room");
export const id = stringOf(isId, "bad_id");
export const session = stringOf(isSession, "bad_session");
export const ref = stringOf(isRef, "bad_frame");
export const epoch = stringOf((text) => text !== "" && text.length <= maxEpochUnits, "bad_position");
export const text = v.pipe(
  v.string(),
  judged<string>((value) => textFault(value)),
);

/** Comes out cleaned. */
export const name = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const cleaned = cleanName(dataset.value);
    if (cleaned.ok) return cleaned.name;
    addIssue({ message: "bad_name" satisfies ErrorCode });
    return NEVER;
  }),
);

/** A seq, or 0 for before the first. Past 2^53-1 two numbers are one in JavaScript. */
export const position = numberOf((value) => Number.isSafeInteger(value) && value >= 0, "bad_position");

export const limit = numberOf(
  (value) => Number.isSafeInteger(value) && value >= 1 && value <= maxPageEvents,
  "bad_limit",
);
