/**
 * Every number of the wire format in one place. docs/protocol.md says the same in prose, and a
 * changed layout gets a new code: two versions of the library meet in a room at every deploy.
 */

// The high byte of a frame's type is its class: what a server that looks no further may know.
export const CLASS_CONTROL = 0x01;
export const CLASS_RELIABLE = 0x02;
export const CLASS_PRESENCE = 0x03;
export const CLASS_CURSOR = 0x04;
export const CLASS_LATEST = 0x05;
/** Reserved for large transfers with a stream of their own. */
export const CLASS_BULK = 0x06;
/** Set in the class of a frame that is end-to-end encrypted. Reserved: the layout is not built yet. */
export const SEALED = 0x80;

export const HELLO = 0x0101;
export const ACK = 0x0102;
export const PROBE = 0x0103;
export const PROBED = 0x0104;
// 0x0105 is reserved.
/** To the server only, which takes it apart. */
export const ACK_VECTOR = 0x0106;
export const GOODBYE = 0x0107;

export const ALL = 0x0201;
export const ALL_COPY = 0x0202;
export const TO = 0x0203;

export const PRESENCE = 0x0301;
export const LATEST = 0x0501;

// What a reliable frame carries, by its first byte.
export const ENTRY_MESSAGE = 1;
export const ENTRY_BEGIN = 2;
export const ENTRY_CONTINUE = 3;
export const ENTRY_CURSOR = 4;
export const ENTRY_CURSOR_HIDDEN = 5;
export const ENTRY_LATEST = 6;
export const ENTRY_ACTIVITY = 7;
/** Put by the server in the place of what the sender may not say: the numbers go on without a gap. */
export const ENTRY_WITHHELD = 8;
export const ENTRY_INTEREST = 9;

// How an app's value became bytes.
export const VALUE_UNDEFINED = 0;
export const VALUE_JSON = 1;
export const VALUE_STRING = 2;
export const VALUE_BYTES = 3;

/**
 * Value bytes in one frame: what every browser sends in one data-channel message. A longer value
 * travels as several entries.
 */
export const CHUNK_BYTES = 16 * 1024;
/** Largest value of a message, in bytes. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Largest value on the latest lane, in bytes: it is sent often, and again when lost. */
export const MAX_LATEST_BYTES = 8 * 1024;
/** Longest type name of a message or latest value, in UTF-8 bytes; at least 1. */
export const MAX_TYPE_BYTES = 128;
/** Longest key of a latest value, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 256;
/** Longest name of what a cursor's coordinates are relative to, in UTF-8 bytes. */
export const MAX_CURSOR_FRAME_BYTES = 64;
/** Most surfaces that one entry 9 names. */
export const MAX_SURFACES = 32;
/** Most handles that one route names. */
export const MAX_ROUTE_HANDLES = 1024;
