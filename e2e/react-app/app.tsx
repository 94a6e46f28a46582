/** Each page brings its own provider, as route components do. */
import { useState } from "react";
import { AvatarStack, Cursors, RoomProvider, usePeers, usePresence } from "skein/react";
import { Title } from "./title.tsx";

export interface Types {
  presence: { name: string; mood?: string };
}

function Page({ name }: { name: string }) {
  return (
    <RoomProvider<Types> key={name} name="react-app" presence={{ name: "Ada" }}>
      <Cursors style={{ minHeight: 400 }}>
        <h1>{name}</h1>
        <Title />
        <AvatarStack />
        <Mood />
        <Peers />
      </Cursors>
    </RoomProvider>
  );
}

function Peers() {
  const names = usePeers<string, Types>((peers) =>
    peers.map((peer) => peer.presence.name).join(", "),
  );
  return <output>{names}</output>;
}

function Mood() {
  const [{ mood = "none" }, set] = usePresence<Types>();
  return (
    <button type="button" onClick={() => set({ mood: "glad" })}>
      mood: {mood}
    </button>
  );
}

export function App() {
  const [page, setPage] = useState("home");
  return (
    <>
      {["home", "about", "team"].map((name) => (
        <button key={name} type="button" onClick={() => setPage(name)}>
          {name}
        </button>
      ))}
      <Page name={page} />
    </>
  );
}
