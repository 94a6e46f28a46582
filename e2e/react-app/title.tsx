import { useState } from "react";
import { useRoom } from "skein/react";

export function Title() {
  const [clicks, setClicks] = useState(0);
  return (
    <button type="button" onClick={() => setClicks(clicks + 1)}>
      first title of {useRoom().name}, {clicks} clicks
    </button>
  );
}
