import * as ws from "ws";

/** `ws` exports its Sender, but @types/ws does not know it. */
type FrameOptions = { fin: boolean; opcode: number; mask: boolean; readOnly: boolean; rsv1: boolean };
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: FrameOptions): Buffer[] };
};

// RFC 6455 section 11.8. Always the last and only frame of its message: nothing may come between fragments,
// and the hub interleaves what many senders write.
const TEXT: FrameOptions = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
const BINARY: FrameOptions = { ...TEXT, opcode: 2 };

/** One message as the parts of its one frame, header and payload: a string is text, bytes are binary (and copied). */
export function frame(message: string | Uint8Array): Buffer[] {
  return Sender.frame(Buffer.from(message as string), typeof message === "string" ? TEXT : BINARY);
}
