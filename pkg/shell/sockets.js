// @ts-check
import { words } from "./errors.js";
import { unreachableFromHere } from "./reach.js";

/** @typedef {import("../wasm/paygress.js").Input} Input */
/** @typedef {{ connection: WebSocket, deadline: ReturnType<typeof setTimeout> }} Opened */

// No message of the network comes near this; what is longer is cut, and then refused by the program like any broken text.
const LONGEST_FRAME = 4 * 1024 * 1024;
const CONNECT_MS = 15_000;

/**
 * The open WebSockets of one run. Every event becomes an `Input`; a socket that the program closed reports nothing more.
 */
export class Sockets {
  /** @type {Map<number, Opened | null>} */
  #open = new Map();
  #report;
  #connect;

  /**
   * @param {(input: Input) => void} report never called from inside `open`, `send` or `close`
   * @param {(url: string) => WebSocket} [connect]
   */
  constructor(report, connect = (url) => new WebSocket(url)) {
    this.#report = report;
    this.#connect = connect;
  }

  /**
   * @param {number} socket
   * @param {string} url
   */
  open(socket, url) {
    const refusal = unreachableFromHere(url);
    if (refusal !== null) return this.#refuse(socket, refusal);
    let connection;
    try {
      connection = this.#connect(url);
    } catch (error) {
      return this.#refuse(socket, `the browser refuses this address: ${words(error)}`);
    }
    let wasOpen = false;
    /** @param {string} reason */
    const end = (reason) => {
      this.close(socket);
      this.#report({ type: "socketClosed", socket, reason });
    };
    const deadline = setTimeout(() => end(`no connection within ${CONNECT_MS / 1000} seconds`), CONNECT_MS);
    this.#open.set(socket, { connection, deadline });
    connection.onopen = () => {
      wasOpen = true;
      clearTimeout(deadline);
      this.#report({ type: "socketOpened", socket });
    };
    connection.onmessage = ({ data }) => {
      const text = typeof data === "string" ? data.slice(0, LONGEST_FRAME) : "";
      this.#report({ type: "frame", socket, text });
    };
    connection.onclose = (event) => end(closeReason(event, wasOpen));
    // An address that the page's own policy forbids need not be followed by a close.
    connection.onerror = () => end(broken(wasOpen));
  }

  /**
   * @param {number} socket
   * @param {string} text
   */
  send(socket, text) {
    const connection = this.#open.get(socket)?.connection;
    // A closing socket drops the text by itself, and its close is reported.
    if (connection?.readyState === 1) connection.send(text);
  }

  /** @param {number} socket */
  close(socket) {
    const opened = this.#open.get(socket);
    this.#open.delete(socket);
    if (opened) release(opened);
  }

  closeAll() {
    for (const opened of this.#open.values()) if (opened) release(opened);
    this.#open.clear();
  }

  /**
   * @param {number} socket
   * @param {string} reason
   */
  #refuse(socket, reason) {
    this.#open.set(socket, null);
    queueMicrotask(() => {
      if (this.#open.delete(socket)) this.#report({ type: "socketClosed", socket, reason });
    });
  }
}

/** @param {Opened} opened */
function release({ connection, deadline }) {
  clearTimeout(deadline);
  connection.onopen = connection.onmessage = connection.onclose = connection.onerror = null;
  connection.close();
}

/**
 * @param {CloseEvent} event
 * @param {boolean} wasOpen
 */
function closeReason(event, wasOpen) {
  if (event.reason) return `closed: ${event.reason.slice(0, 200)}`;
  return wasOpen && (event.code === 1000 || event.code === 1001) ? "closed by the relay" : broken(wasOpen);
}

/** @param {boolean} wasOpen */
function broken(wasOpen) {
  return wasOpen ? "the connection broke" : "could not connect";
}
