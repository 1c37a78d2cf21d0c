import { StoreError } from "../errors.ts";
import { MIGRATIONS, type Migration } from "./schema.ts";
import type { Session } from "./session.ts";

/** "nttr" twice: what this number locks in a database that other programs share. */
const LOCK = "7887040770893739122";
/** How long a node waits for another that is at it, and a step for whoever uses the tables meanwhile. */
const WAIT_MS = 30_000;
/** A step is done in less: it touches no rows (see the decisions). */
const TIMEOUT_MS = 60_000;

/**
 * Brings the schema up to the newest step in one transaction, while no other node does, and resolves to the epoch. A new
 * database gets `epochIfNew`, and so does a copy that was restored into another server, for its seqs may name other events.
 */
export async function migrate(
  session: Session,
  place: string,
  epochIfNew: string,
  steps: readonly Migration[] = MIGRATIONS,
): Promise<string> {
  const run = async <Row>(text: string, values?: unknown[]) =>
    session.query<Row>({ text, timeoutMs: TIMEOUT_MS }, values);
  const meta = async (key: string) => {
    const [row] = await run<{ value: string }>("SELECT value FROM natter.meta WHERE key = $1", [key]);
    return row?.value;
  };
  const setMeta = (key: string, value: string) =>
    run(
      `INSERT INTO natter.meta (key, value) VALUES ($1, $2)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value`,
      [key, value],
    );

  await run("BEGIN");
  try {
    await run(`SET LOCAL lock_timeout = ${WAIT_MS}; SET LOCAL statement_timeout = 0`);
    await run(`SELECT pg_advisory_xact_lock(${LOCK})`);
    if (!(await isThere(session))) await create(session, epochIfNew);
    const found = Number(await meta("version"));
    const newest = steps.at(-1)!.version;
    if (Number(await meta("oldest_reader")) > newest) {
      throw new StoreError(
        "newer",
        `The database at ${place} was written by a newer natter (version ${found} of the data, this one knows ${newest}): start that natter.`,
      );
    }
    for (const step of steps.filter(({ version }) => version > found)) {
      await run(step.sql);
      await setMeta("version", String(step.version));
      await setMeta("oldest_reader", String(step.oldestReader));
    }
    if ((await meta("system")) !== session.system) {
      if ((await meta("system")) !== "") await setMeta("epoch", epochIfNew);
      await setMeta("system", session.system);
    }
    const epoch = await meta("epoch");
    await run("COMMIT");
    return epoch!;
  } catch (error) {
    if (!session.isLost) await run("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function isThere(session: Session): Promise<boolean> {
  const [row] = await session.query<{ there: boolean }>({
    text: "SELECT to_regclass('natter.meta') IS NOT NULL AS there",
  });
  return row!.there;
}

async function create(session: Session, epoch: string): Promise<void> {
  await session.query({
    text: `
      CREATE SCHEMA IF NOT EXISTS natter;
      CREATE TABLE natter.meta (key text COLLATE "C" PRIMARY KEY, value text NOT NULL)
      WITH (fillfactor = 50);
      INSERT INTO natter.meta (key, value) VALUES
        ('version', '0'), ('oldest_reader', '0'), ('system', ''), ('trimmed', '0'), ('probe', '')`,
  });
  await session.query({ text: "INSERT INTO natter.meta (key, value) VALUES ('epoch', $1)" }, [epoch]);
}
