// Every limit of natter.v1, with its unit in its name. docs/protocol.md lists them, held to this file by a test.
// Those that a server may set otherwise are told to clients in `welcome`; here stand their defaults.

/** UTF-8 bytes of a message's text: several screens of writing; more is a file. */
export const maxTextBytes = 8_192;

/** Bytes of a frame from a client. A text of 8,192 bytes with every one written as \u00XX has 49,152: it fits. */
export const maxFrameBytes = 65_536;

/** Bytes of a frame that count as one message of the rate: a longest text with its JSON, so that an ordinary frame is one. */
export const bytesPerMessage = 16_384;

/** Milliseconds in which a message has to be complete: a frame on the slowest of lines, and no piece a minute. */
export const messageTimeoutMs = 30_000;

/** Bytes of all frames up to the accepted `hello`: strangers cost no more memory than this. */
export const maxBytesBeforeHello = 4_096;

/** Milliseconds for `hello` to come: a connection that says nothing holds a file descriptor. */
export const helloTimeoutMs = 10_000;

/** Unicode code points of a person's name, once cleaned. */
export const maxNameCodePoints = 32;

/** UTF-16 units of a name before it is cleaned: bounds the work of cleaning what is nearly all invisible. */
export const maxNameInputUnits = 1_024;

/** Combining marks without width of their own that may follow one another: four or more pile up over other lines. */
export const maxMarksInARow = 3;

/** Unicode code points of a room's name. */
export const maxRoomCodePoints = 64;

/** Characters of a message's id: room for a UUID, a ULID or a hash in hexadecimal. */
export const maxIdChars = 64;

/** UTF-16 units of `ref`, which the server only echoes. */
export const maxRefUnits = 64;

/** Characters of an epoch. */
export const maxEpochUnits = 64;

/** Events of one page of history. */
export const maxPageEvents = 200;

/** Bytes of a page's events, about: a page ends early rather than pass it, for 200 long texts would be 3 MB. */
export const maxPageBytes = 262_144;

/** Rooms that one connection may be in at a time. */
export const maxRoomsPerConnection = 100;

/** Rooms of a person's list, each a row for ever: more are refused, and `rooms` tells all of them. */
export const maxRoomsListed = 1_000;

/** Rooms in which a connection may have a refused send open: the server remembers an id for each. */
export const maxHeldRooms = 100;

/** Sends of a client that wait for their event at a time, so that a refusal finds little on its way. */
export const maxUnsettledSends = 64;

/** Messages a second that a connection may send, over time. */
export const messagesPerSecond = 50;

/** Messages that a connection may send at once; as many over the rate within `rateWindowMs` close it. */
export const burstMessages = 500;

/** Milliseconds within which messages over the rate are counted together. */
export const rateWindowMs = 10_000;

/** Requests a second that make the server read the log (`history`, `rooms`, `join` with `since`), for a connection. */
export const readsPerSecond = 10;

/** Such requests at once: a client that comes back to 100 rooms and looks at each. */
export const burstReads = 200;

/** Rooms a second new to a person's list or to the server, for all connections of one address: each is kept for ever. */
export const newRoomsPerSecond = 5;

/** New rooms at once, for all connections of one address. */
export const burstNewRooms = 5_000;

/** Names a second that a person may take on, for all their connections: each is told to everybody in all their rooms. */
export const namesPerSecond = 1;

/** Such names at once: somebody who tries some until one pleases. */
export const burstNames = 10;

/** How many times a connection's rate all connections of one address have together. */
export const addressRateFactor = 10;

/** Connections of one address at a time; loopback is exempt, for proxies stand there. */
export const maxConnectionsPerAddress = 1_000;

/**
 * Connections of one person at a time: the tabs of all their devices, and those that died unnoticed. What the person does
 * on one (a name, a read position) is written to all, so each frame costs the server as many.
 */
export const maxConnectionsPerPerson = 50;

/** Milliseconds between the server's WebSocket pings: well below the 60 s after which proxies drop the silent. */
export const heartbeatMs = 25_000;

/** Milliseconds after its own `ping` that a client takes a silent connection for dead. */
export const pongTimeoutMs = 10_000;

/** Milliseconds that a slow connection may take nothing at all before it is terminated. */
export const slowReaderTimeoutMs = 30_000;

/** Milliseconds after which somebody who typed is no longer typing. */
export const typingForgetMs = 6_000;

/** Milliseconds that a client leaves between two `typing` frames. */
export const typingRepeatMs = 3_000;

/** Milliseconds between two `presence` frames of a room: a hundred people coming at once are one frame. */
export const presenceIntervalMs = 1_000;

/** People of a room up to which presence names them; above it only counts them. */
export const maxPeopleListed = 100;

/** Milliseconds after their last connection that a person is still in the room: a reload is no leaving. */
export const leaveGraceMs = 10_000;
