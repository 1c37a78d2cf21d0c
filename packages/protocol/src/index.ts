// natter.v1, for servers, browsers and Node alike: nothing here imports from Node, throws on bad input,
// or needs a secure context. Start reading at frames.ts; docs/protocol.md has the rules.

export { CLOSE_CODES, type CloseAction, type CloseCode, type CloseInfo, closeAction } from "./close-codes.ts";
export type { Decoded, FrameError, Wire } from "./decode.ts";
export { decodeClientFrame } from "./decode-client.ts";
export { decodeServerFrame } from "./decode-server.ts";
export { encodeClientFrame, encodeServerFrame } from "./encode.ts";
export { ERRORS, type ErrorCode, type ErrorDetails, type ErrorInfo, errorFrame } from "./errors.ts";
export type * from "./frames.ts";
export { isId, isSession, makeId, makeSession } from "./ids.ts";
export * as limits from "./limits.ts";
export { type CleanedName, cleanName, type NameFault, nameInSentence, textInSentence } from "./names.ts";
export { LOBBY, parseRoom, roomFromPath } from "./rooms.ts";
export { SUBPROTOCOL } from "./subprotocol.ts";
export { fitsUtf8, type TextFault, textFault } from "./text.ts";
