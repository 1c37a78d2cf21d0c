/** What was typed cannot be meant: one sentence for the person who typed it, and exit code 2. */
export class UsageError extends Error {}
