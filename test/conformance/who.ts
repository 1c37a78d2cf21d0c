import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { arrive, connect, enter, newRoom, newSession, type Target } from "./peer.ts";
import { personVectors } from "./vectors.ts";

export function who(target: Target): void {
  describe("Who is who", { concurrency: true }, () => {
    it("I1 I4 the session makes the person, by the SHA-256 of its text, on any connection", async () => {
      for (const { session, person } of personVectors()) {
        const { welcome } = await arrive(target, { session, name: "Vector" });
        assert.deepEqual(welcome.you, { id: person, name: "Vector" });
        assert.equal(welcome.session, session);
      }
      const session = newSession();
      const hash = createHash("sha256").update(session, "ascii").digest();
      for (const name of ["Ada", "Eve"]) {
        const { welcome } = await arrive(target, { session, name });
        assert.equal(welcome.you.id, hash.subarray(0, 16).toString("base64url"));
      }
    });

    it("I2 where there is no session the server makes a new one, and tells it", async () => {
      const sessions: string[] = [];
      for (let count = 0; count < 3; count++) {
        const peer = await connect(target);
        peer.say({ type: "hello", name: "Ada" });
        const { session, you } = await peer.hear("welcome");
        assert.match(session, /^[A-Za-z0-9_-]{43}$/);
        const again = await arrive(target, { session });
        assert.equal(again.id, you.id);
        sessions.push(session);
      }
      assert.equal(new Set(sessions).size, 3);
    });

    it("I3 a session of another form is refused and nobody new", async () => {
      const peer = await connect(target);
      const session = newSession();
      for (const bad of ["", session.slice(1), `${session}=`, `${session}A`, session.replace(/^./, "+")]) {
        peer.say({ type: "hello", name: "Ada", session: bad });
        assert.equal((await peer.refused("bad_session")).retry, false);
      }
      assert.equal((await peer.hello({ session })).session, session);
    });

    it("I5 nothing that others hear has a person's session in it", async () => {
      const room = newRoom();
      const other = await enter(target, room);
      const secret = newSession();
      const ada = await enter(target, room, { session: secret });
      const heard = [await other.presence((frame) => JSON.stringify(frame).includes(ada.id))];
      await ada.tell(room, "hi");
      heard.push(await other.hear("event"));
      ada.say({ type: "typing", room });
      heard.push(await other.hear("typing"));
      other.say({ type: "history", room, limit: 10, ref: "1" });
      heard.push(await other.hear("page"));
      assert.ok(!JSON.stringify(heard).includes(secret));
    });
  });
}
