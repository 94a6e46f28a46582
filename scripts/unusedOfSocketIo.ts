/**
 * What of socket.io-client and engine.io-client no program gets to that uses them as
 * lib/src/signaling does: one WebSocket to one origin and one namespace, without acknowledgements,
 * retries or recovery of socket.io's own, and in a browser. How it reads: leaveOut.ts.
 */
import type { Omissions } from "./leaveOut.ts";

const ENGINE_SOCKET: Omissions = {
  // There is one transport, and none to go over to.
  "if (opts.transportImplementations && …) {…}": "",
  "if (opts.transportImplementations || …) {…} else {…}": "",
  'import { transports as DEFAULT_TRANSPORTS } from "./transports/index.js";':
    'import { WS } from "./transports/websocket.js";',
  "new this._transportsByName[name](opts)": "new WS(opts)",
  "this.createTransport(transportName)": 'this.createTransport("websocket")',
  "this.opts.transportOptions[name]": "",
  "if (this.id) query.sid = this.id;": "",
  "if (this.transports.length === 0) {…}": "",
  "const transportName = …;": "",
  "if (this.transport) { this.transport.removeAllListeners(); }": "",
  "_probe(name) {…}": "",
  "Socket.priorWebsocketSuccess = …;": "",
  'if ("open" === this.readyState && this.opts.upgrade) {…}': "",
  "this.transport.query.sid = data.sid;": "",
  "this._upgrades = …;": "",
  "_filterUpgrades(upgrades) {…}": "",
  "this.upgrading": "false",
  "const cleanupAndClose = …;": "",
  "const waitForUpgrade = …;": "",
  "if (this.opts.tryAllTransports && …) {…}": "",
  // Only long-polling has to keep to a size.
  "this._maxPayload = …;": "",
  "_getWritablePackets() {…}": "",
  "this._getWritablePackets()": "this.writeBuffer",
  // There is always an origin, with its parts, and a query as an object; the rest are other options.
  'if (uri && "object" === typeof uri) {…}': "",
  "if (parsedUri.query) opts.query = parsedUri.query;": "",
  "if (opts.host) {…}": "{}",
  "this.secure = …;": "",
  "this.port = …;": "",
  "if (opts.hostname && !opts.port) {…}": "",
  "opts.hostname || (typeof location …)": "opts.hostname",
  "{ query, socket: this, …}": "{ query, socket: this }",
  'if (typeof this.opts.query === "string") {…}': "",
  "Object.assign({ path: …}, opts)": "opts",
  'this.opts.addTrailingSlash ? "/" : ""': '"/"',
  "installTimerFunctions(this, opts);": "",
  "this.setTimeoutFn": "setTimeout",
  "this.clearTimeoutFn": "clearTimeout",
  "if (this.opts.closeOnBeforeunload) {…}": "",
  "if (this._beforeunloadEventListener) {…}": "",
  "if (this.opts.withCredentials) {…}": "",
  "if (this.opts.autoUnref) {…}": "",
  // Nobody listens, or asks for word of what was sent.
  'this.emitReserved("packet", packet);': "",
  'this.emitReserved("heartbeat");': "",
  'this.emitReserved("ping");': "",
  'this.emitReserved("pong");': "",
  'this.emitReserved("message", packet.data);': "",
  'this.emitReserved("handshake", data);': "",
  'this.emitReserved("flush");': "",
  'this.emitReserved("packetCreate", packet);': "",
  'if (fn) this.once("flush", fn);': "",
  'if ("function" === typeof data) {…}': "",
  'if ("function" === typeof options) {…}': "",
  "send(msg, options, fn) {…}": "",
  '{ description: "network connection lost", }': "undefined",
  // How to compress is for Node to say.
  "options = options || {};": "",
  "options.compress = …;": "",
  "Socket.protocol = protocol;": "",
};

const ENGINE_TRANSPORT: Omissions = {
  "installTimerFunctions(this, opts);": "",
  "this.supportsBinary = …;": "",
  "this._hostname()": "this.opts.hostname",
  "_hostname() {…}": "",
  "new TransportError(reason, description, context)": "new Error(reason)",
  "pause(onPause) {…}": "",
};

const WEBSOCKET: Omissions = {
  'import { globalThisShim as globalThis, nextTick } from "../globals.node.js";':
    'import { nextTick } from "../globals.node.js";',
  "get name() {…}": "",
  // Nobody asks for the close event.
  "this.onClose({ description: …})": "this.onClose()",
  "const isReactNative = …;": "",
  "const protocols = …;": "",
  "const opts = …;": "",
  "if (this.opts.extraHeaders) {…}": "",
  "this.createSocket(uri, protocols, opts)": "this.createSocket(uri)",
  "!isReactNative ? …": "new WebSocketCtor(uri)",
  "if (this.opts.autoUnref) {…}": "",
  "if (this.opts.timestampRequests) {…}": "",
  "this.supportsBinary": "true",
  "this.setTimeoutFn": "undefined",
  "globalThis.WebSocket || globalThis.MozWebSocket": "globalThis.WebSocket",
};

/** Every browser has promises and globalThis. */
const GLOBALS: Omissions = {
  "nextTick = …": "nextTick = (task) => Promise.resolve().then(task)",
};

const SOCKET: Omissions = {
  // No acknowledgements, retries, time limits or recovery: those of Skein are in the link.
  "this.recovered = …;": "",
  "this._queue = [];": "",
  "this._queueSeq = 0;": "",
  "this.ids = 0;": "",
  "this.acks = {};": "",
  "this.flags = {};": "",
  "this._opts = …;": "",
  "if (this._opts.retries && …) {…}": "",
  'if ("function" === typeof args[args.length - 1]) {…}': "",
  "_registerAckCallback(id, ack) {…}": "",
  "emitWithAck(ev, ...args) {…}": "",
  "_addToQueue(args) {…}": "",
  "_drainQueue(force = false) {…}": "",
  "this._drainQueue(true);": "",
  "_clearAcks() {…}": "",
  "this._clearAcks();": "",
  "if (null != packet.id) {…}": "",
  "ack(id) {…}": "",
  "onack(packet) {…}": "",
  "if (this._pid && …) {…}": "",
  "this._pid = pid;": "",
  "this._pid ? … : data": "data",
  "timeout(timeout) {…}": "",
  // No flags, no bytes within JSON, and connection.ts sends only while connected: nothing waits for it.
  "packet.options = {};": "",
  "packet.options.compress = …;": "",
  "const isTransportWritable = …;": "",
  "const discardPacket = …;": "",
  "const isConnected = …;":
    "const isConnected = this.connected && !this.io.engine._hasPingExpired();",
  "if (discardPacket) {…} else if (isConnected) {…} else {…}":
    "if (isConnected) this.packet(packet);",
  "this.sendBuffer = [];": "",
  "this.sendBuffer.forEach(…);": "",
  "if (RESERVED_EVENTS.hasOwnProperty(ev)) {…}": "",
  "case PacketType.EVENT:": "",
  "PacketType.BINARY_EVENT": "PacketType.EVENT",
  "case PacketType.ACK:": "",
  "case PacketType.BINARY_ACK: …": "",
  "compress(compress) {…}": "",
  "get volatile() {…}": "",
  // bare-manager.ts never connects by itself, and the one parser knows one namespace.
  "if (opts && opts.auth) {…}": "this.auth = opts.auth;",
  "if (this.io._autoConnect) this.open();": "",
  'this.io["_reconnecting"]': "false",
  "const sameNamespace = …;": "",
  "if (!sameNamespace) return;": "",
  'if (typeof this.auth == "function") {…} else {…}': "this._sendConnectPacket(this.auth);",
  // Skein has words of its own for a server that it cannot connect to.
  'new Error("It seems you are trying …")': "new Error()",
  // Never called, or without an argument.
  "get disconnected() {…}": "",
  "get active() {…}": "",
  "open() {…}": "",
  "close() {…}": "",
  "send(...args) {…}": "",
  "prependAny(listener) {…}": "",
  "if (listener) {…} else {…}": "this._anyListeners = [];",
  "listenersAny() {…}": "",
  "onAnyOutgoing(listener) {…}": "",
  "prependAnyOutgoing(listener) {…}": "",
  "offAnyOutgoing(listener) {…}": "",
  "listenersAnyOutgoing() {…}": "",
  "notifyOutgoingListeners(packet) {…}": "",
};

/** By the end of a file's path. */
export const UNUSED_OF_SOCKET_IO: { readonly [file: string]: Omissions } = {
  "engine.io-client/build/esm/socket.js": ENGINE_SOCKET,
  "engine.io-client/build/esm/transport.js": ENGINE_TRANSPORT,
  "engine.io-client/build/esm/transports/websocket.js": WEBSOCKET,
  "engine.io-client/build/esm/globals.js": GLOBALS,
  "socket.io-client/build/esm/socket.js": SOCKET,
};
