/** Messages of the app's own back end: what they may be, and whom they are for. */
import type { Json } from "../../../lib/src/signaling/events.ts";
import { MAX_TYPE_BYTES } from "../../../lib/src/wire/codes.ts";
import { isRecord, jsonBytes } from "../checks.ts";
import type { Member } from "../member.ts";
import { OutgoingEvent } from "../outgoing.ts";
import type { ServerStats } from "../stats.ts";
import { Mailbox } from "./mailbox.ts";

/** Largest data, in bytes of JSON. */
export const MAX_MAIL_DATA_BYTES = 64 * 1024;

/** The data as it will travel. Throws a TypeError. */
export function checkMail(type: unknown, data: unknown): Json | undefined {
  if (typeof type !== "string" || type === "" || Buffer.byteLength(type) > MAX_TYPE_BYTES) {
    throw new TypeError(
      `type is ${JSON.stringify(type)}; allowed: a string of 1 to ${MAX_TYPE_BYTES} bytes`,
    );
  }
  if (data === undefined) return undefined;
  const bytes = jsonBytes(data);
  if (!(bytes <= MAX_MAIL_DATA_BYTES)) {
    throw new TypeError(
      `data is not JSON or has ${bytes} bytes; allowed: what JSON can carry, at most ${MAX_MAIL_DATA_BYTES} bytes`,
    );
  }
  return JSON.parse(JSON.stringify(data)) as Json;
}

/** One message, as it travels. */
export type Mail = OutgoingEvent<"message">["argument"];

/** What another node hands over. */
export function isMail(value: unknown): value is Mail {
  return isRecord(value) && typeof value["id"] === "string" && typeof value["type"] === "string";
}

/** To members of this node; those that are away get it when they resume. */
export function post(
  members: readonly Member[],
  mail: Mail,
  stats: Pick<ServerStats, "mailDropped">,
): void {
  const message = new OutgoingEvent("message", mail);
  for (const member of members) {
    member.mail ??= new Mailbox();
    stats.mailDropped += member.mail.put(message);
    member.session?.send(message);
  }
}

/** The members of these ids, of users or of peers. */
export function addressed(
  { members }: { readonly members: readonly Member[] },
  ...ids: string[]
): Member[] {
  const wanted = new Set(ids);
  return members.filter(({ id, user }) => wanted.has(id) || (user && wanted.has(user.id)));
}
