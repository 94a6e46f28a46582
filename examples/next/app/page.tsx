import Link from "next/link";
import { AvatarStack } from "skein/react";

/** A server component: what is live is imported from skein/react, which is for the client. */
export default function Page() {
  return (
    <main>
      <h1>Home</h1>
      <p>Open this page twice.</p>
      <AvatarStack max={3} aria-label="Here, too" />
      <Link href="/about">About</Link>
    </main>
  );
}
