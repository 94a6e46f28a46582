"use client";

import type { ReactNode } from "react";
import { AvatarStack, Cursors, RoomProvider } from "skein/react";

/** Where `npm run signaling` listens; in production, where yours does. */
const server = process.env["NEXT_PUBLIC_SKEIN_URL"] ?? "http://localhost:4600";

/** In the layout: one room for all pages, which stays when the route changes. */
export function Live({ children }: { children: ReactNode }) {
  return (
    <RoomProvider name="next-example" server={server} presence={{ name: "Guest" }}>
      <Cursors style={{ minHeight: "100vh" }}>
        <AvatarStack />
        {children}
      </Cursors>
    </RoomProvider>
  );
}
