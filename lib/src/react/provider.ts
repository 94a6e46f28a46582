import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useReducer,
} from "react";
import { SkeinError } from "../room/errors.ts";
import type {
  OptionsArgument,
  RegisteredTypes,
  Room,
  RoomSchema,
  RoomTypes,
} from "../room/types.ts";
import { sharedRoom } from "../shared-room/shared-room.ts";
import { Holding } from "./holding.ts";
import { OwnPresence } from "./own-presence.ts";

const RoomContext = createContext<Room<RoomTypes> | null>(null);

interface Children {
  readonly children?: ReactNode;
}

/** Either a name, with the options of `joinRoom`, or a room that somebody else connects and leaves. */
export type RoomProviderProps<T extends RoomTypes = RegisteredTypes> = Children &
  (
    | (NonNullable<OptionsArgument<T>[0]> & {
        /** Checks what arrives, as in `joinRoom`. */
        readonly schema?: RoomSchema;
        /** Whoever gives the same name meets here. Another name is another room, at once. */
        readonly name: string;
        readonly room?: never;
      })
    | { readonly room: Room<T>; readonly name?: never }
  );

/**
 * Puts a room around its children. With a `name` it joins when it is mounted and leaves when it is
 * unmounted; providers of the same `server` and `name` share one room, and it lasts as long as one of
 * them. Options count when the room is made; later changes of them do nothing until the name or the
 * server changes. With a `room` it only hands it on: for tests, and for rooms made elsewhere.
 *
 * @throws SkeinError in render, as `createRoom` does.
 */
export function RoomProvider<T extends RoomTypes = RegisteredTypes>(
  props: RoomProviderProps<T>,
): ReactElement {
  const {
    children,
    name,
    room: given,
    ...options
  } = props as Children & {
    readonly name?: string;
    readonly room?: Room<RoomTypes>;
    readonly server?: string;
  };
  const { server } = options;
  const [times, lookAgain] = useReducer((before: number) => before + 1, 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: options are read once per room
  const found = useMemo(
    () => (given === undefined ? { shared: sharedRoom(name as string, options), options } : null),
    [given, name, server, times],
  );
  const shared = found?.shared ?? null;
  const room = shared?.room ?? given ?? null;
  // What a late part of the page hydrates with, whatever is set until then.
  if (shared !== null) OwnPresence.of(shared.room);
  return createElement(
    RoomContext.Provider,
    { value: room },
    found && createElement(Holding, { ...found, replaced: lookAgain }),
    children,
  );
}

/**
 * The room around this component; the same object until the provider's name, server or room changes.
 *
 * @throws SkeinError `bad-argument` outside a `RoomProvider`.
 */
export function useRoom<T extends RoomTypes = RegisteredTypes>(): Room<T> {
  const room = useContext(RoomContext);
  if (room === null) {
    throw new SkeinError(
      "bad-argument",
      "There is no room here: put a <RoomProvider name=…> around this component.",
    );
  }
  return room as unknown as Room<T>;
}
