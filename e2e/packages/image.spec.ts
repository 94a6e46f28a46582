import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { parse } from "yaml";
import { repository, run, start } from "./commands.ts";

/*
 * Images cannot be built everywhere the tests run. Here the steps of deploy/Dockerfile that make the
 * signaling server's are done in a folder, and what they make is started.
 */

const read = (path: string) => readFile(join(repository, "deploy", path), "utf8");

/** The instructions of one stage, without comments. */
function stage(dockerfile: string, name: string): string[] {
  const stages = dockerfile.split(/^(?=FROM )/m);
  const found = stages.find((each) => new RegExp(`^FROM \\S+ AS ${name}$`, "m").test(each));
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("what deploy/Dockerfile makes of the signaling server starts, is healthy, and says where it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "skein-image-"));
  try {
    const dockerfile = await read("Dockerfile");
    const [install = "", ...more] = stage(dockerfile, "packages").flatMap(
      (line) => /^RUN (.*)/.exec(line)?.[1] ?? [],
    );
    expect(more).toEqual([]);
    for (const name of ["packages", "signaling"]) {
      for (const line of stage(dockerfile, name)) {
        const [, from, to] = /^COPY --from=build \/skein\/(\S+) (\S+)$/.exec(line) ?? [];
        if (from === undefined || to === undefined) continue;
        const target = to.endsWith("/") ? join(to, from.split("/").at(-1) ?? "") : to;
        await cp(join(repository, from), join(folder, target), { recursive: true });
      }
      if (name === "packages") await run("sh", ["-c", install], folder);
    }

    const entry = /^ENTRYPOINT (.*)$/m.exec(stage(dockerfile, "signaling").join("\n"))?.[1];
    const [command = "", ...args]: string[] = JSON.parse(entry ?? "[]");
    const server = await start(
      command,
      [...args, "--port", "0"],
      folder,
      /http:\/\/127\.\S+:(\d+)/,
    );
    try {
      const compose = parse(await read("compose.yaml"));
      const [kind, program, ...check]: string[] = compose.services.signaling.healthcheck.test;
      expect(kind).toBe("CMD");
      const healthy = (port: string) =>
        promisify(execFile)(
          program ?? "",
          check.map((each) => each.replace("4600", port)),
        );
      await healthy(server.match[1] ?? "");
      // The discard port: nothing listens there.
      await expect(healthy("9")).rejects.toThrow();
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
