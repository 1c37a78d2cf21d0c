import { busContract } from "./contract.ts";
import { MemoryNetwork } from "./memory.ts";

busContract("The bus in memory", async () => {
  const network = new MemoryNetwork();
  return { join: async () => network.join(), end: async () => {} };
});
