// Loaded into the server before anything else, and into each of its threads: its wall clock is off by as many ms
// as stand in the file that NATTER_TEST_CLOCK names, from the moment they stand there.

import { readFileSync } from "node:fs";

const file = process.env.NATTER_TEST_CLOCK;
const now = Date.now;

if (file !== undefined) Date.now = () => now() + (Number(readFileSync(file, "utf8")) || 0);
