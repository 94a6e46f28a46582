/** That the tests run against the React that they are to run against, and not one that lies nearer. */
import { version } from "react";
import { version as domVersion } from "react-dom";
import manifest from "./package.json" with { type: "json" };

const { react, "react-dom": dom } = manifest.devDependencies;
if (version !== react || domVersion !== dom) {
  throw new Error(`these tests want React ${react} and got ${version}, react-dom ${domVersion}`);
}
