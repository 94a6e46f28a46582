import type { ReactNode } from "react";
import { Live } from "./live";

export const metadata = { title: "Skein with Next" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body style={{ margin: 0, fontFamily: "system-ui" }}>
        <Live>{children}</Live>
      </body>
    </html>
  );
}
