import type { AnyOptions } from "./options.ts";
import { SkeinRoom } from "./room.ts";
import type {
  OptionsArgument,
  RegisteredTypes,
  Room,
  RoomSchema,
  RoomTypes,
  TypesOfSchema,
} from "./types.ts";

/** Misspelt keys are errors, also beside good ones: a key that is not known would have to be `never`. */
type OnlyKnown<T, Known> = Known & { readonly [K in Exclude<keyof T, keyof Known>]: never };

type OptionsWithSchema<S extends RoomSchema> = NonNullable<OptionsArgument<TypesOfSchema<S>>[0]> & {
  readonly schema: S;
};

/**
 * Makes a room without opening anything: no socket, no timer, no window. Safe in render and on a
 * server. `connect()` begins.
 *
 * @param name 1 to 256 UTF-8 bytes, no control characters: whoever gives the same name meets here.
 * @throws SkeinError `bad-room-name`, `bad-argument`, `bad-server-url`, `not-supported`,
 *   `presence-too-large`, `not-serializable`, `schema-mismatch`
 */
export function createRoom<const S extends OnlyKnown<S, RoomSchema>>(
  name: string,
  options: OptionsWithSchema<S>,
): Room<TypesOfSchema<S>>;
export function createRoom<T extends OnlyKnown<T, RoomTypes> = RegisteredTypes>(
  name: string,
  ...options: OptionsArgument<T>
): Room<T>;
export function createRoom(name: string, options: object = {}): unknown {
  return new SkeinRoom(name, options as AnyOptions);
}

/**
 * Joins a room: {@link createRoom} and `connect()` in one. Two calls are two peers.
 */
export function joinRoom<const S extends OnlyKnown<S, RoomSchema>>(
  name: string,
  options: OptionsWithSchema<S>,
): Room<TypesOfSchema<S>>;
export function joinRoom<T extends OnlyKnown<T, RoomTypes> = RegisteredTypes>(
  name: string,
  ...options: OptionsArgument<T>
): Room<T>;
export function joinRoom(name: string, options: object = {}): unknown {
  const room = new SkeinRoom(name, options as AnyOptions);
  room.connect();
  return room;
}
