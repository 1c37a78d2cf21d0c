// Loaded into the server before anything else: whoever says hello meets a mistake, as there could be one in any code.

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const { createHash } = crypto;
crypto.createHash = (...args) => {
  // As who somebody is is made of their session.
  if (String(new Error().stack).includes("personIdOf")) throw new Error("a mistake made up by a test");
  return createHash(...args);
};
syncBuiltinESMExports();
