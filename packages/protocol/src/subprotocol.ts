/** What a client asks for in Sec-WebSocket-Protocol (RFC 6455, section 1.9); asking for none makes it a plain client. */
export const SUBPROTOCOL = "natter.v1";
