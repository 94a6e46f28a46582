"use client";

export { AvatarStack, type AvatarStackProps, type AvatarTexts } from "./avatar-stack.ts";
export { useCan } from "./can.ts";
export { Cursors, type CursorsProps } from "./cursors.ts";
export { type Follow, type UseFollowOptions, useFollow } from "./follow.ts";
export { useLatest } from "./latest.ts";
export { useMessage, useRoomEvent, useSend } from "./listening.ts";
export { usePresence } from "./presence.ts";
export { RoomProvider, type RoomProviderProps, useRoom } from "./provider.ts";
export { usePeer, usePeers, useRoomState } from "./state.ts";
export type { Target } from "./target.ts";
