// Loaded into the server before anything else: whoever pings by this name meets a mistake, as there could be one in any code.

const stringify = JSON.stringify;
JSON.stringify = (value: unknown, ...more: never[]) => {
  const { type, ref } = Object(value);
  if (type === "pong" && ref === "mistake") throw new Error("a mistake made up by a test");
  return stringify(value, ...more);
};
