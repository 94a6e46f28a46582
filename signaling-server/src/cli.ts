#!/usr/bin/env node
/** `npx skein-server`: reads the configuration, runs the server, stops it cleanly. Or `doctor URL`, `load URL`. */
import { readFileSync } from "node:fs";
import { type Command, ConfigError, helpText, readConfig } from "./config.ts";
import { runCommand, serverUrl } from "./exec.ts";
import { ListenError, type ListenOption } from "./http/listening.ts";
import type { Logger } from "./log.ts";
import { pinoLog } from "./pino-log.ts";
import { createSignalingServer, type SignalingServer } from "./server.ts";
import { type SettingName, variableOf } from "./settings.ts";

type Run = Extract<Command, { kind: "run" }>;

interface Started {
  readonly server: SignalingServer;
  readonly logger: Logger;
}

function fail(message: string): never {
  console.error(`skein-server: ${message}`);
  process.exit(1);
}

function version(): string {
  // From src and from dist alike.
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function configure(): Command {
  try {
    return readConfig(process.argv.slice(2), process.env, (path) => readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function create({ options, log: { level, format }, warnings }: Run): Started {
  const text = format === undefined ? process.stdout.isTTY : format === "text";
  const logger = pinoLog({
    level,
    format: text ? "text" : "json",
    write: (line) => void process.stdout.write(line),
  });
  for (const warning of warnings) logger.warn({}, warning);
  try {
    return { server: createSignalingServer({ ...options, logger }), logger };
  } catch (error) {
    if (error instanceof TypeError) fail(error.message);
    throw error;
  }
}

/** The settings of the options that may turn out to be wrong only when the server listens. */
const SETTING_OF: { readonly [option in ListenOption]: SettingName } = {
  port: "port",
  host: "host",
  "admin.port": "admin-port",
  "admin.host": "admin-host",
};

/** Where its user made a setting, as all messages name it; the flag, too, of one that was left out. */
function placeOf(setting: SettingName): string {
  const flag = `--${setting}`;
  const variable = variableOf(setting);
  const isFlag = process.argv.some((each) => each === flag || each.startsWith(`${flag}=`));
  return !isFlag && process.env[variable] ? variable : flag;
}

async function listen(server: SignalingServer): Promise<void> {
  try {
    await server.listen();
  } catch (error) {
    if (error instanceof ListenError) {
      fail(`${placeOf(SETTING_OF[error.option])} ${error.complaint}`);
    }
    fail(`could not listen: ${(error as Error).message}`);
  }
}

/** For as long as the command runs. */
async function runFor(server: SignalingServer, exec: string, path?: string): Promise<never> {
  await listen(server);
  const code = await runCommand(exec, serverUrl(server.url ?? "", path));
  await server.close();
  process.exit(code);
}

async function run({ server, logger }: Started, drainSeconds: number | undefined): Promise<void> {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // A second signal does not wait for anybody.
    if (stopping) process.exit(130);
    stopping = true;
    logger.info({ signal }, "stopping");
    const drained =
      // A person at a terminal does not wait for clients either.
      signal === "SIGINT"
        ? Promise.resolve()
        : server.drain(drainSeconds === undefined ? {} : { windowSeconds: drainSeconds });
    void drained.then(() => server.close()).then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  await listen(server);
}

async function diagnose(args: readonly string[]): Promise<void> {
  const { runDoctor } = await import("./doctor/command.ts");
  process.exitCode = await runDoctor(args, version());
}

async function load(args: readonly string[]): Promise<void> {
  const { runLoad } = await import("./load/command.ts");
  process.exitCode = await runLoad(args);
}

async function serve(): Promise<void> {
  const command = configure();
  if (command.kind === "help") console.log(helpText());
  else if (command.kind === "version") console.log(version());
  else if (command.exec === undefined) await run(create(command), command.drainSeconds);
  else await runFor(create(command).server, command.exec, command.options.path);
}

const [first, ...rest] = process.argv.slice(2);
if (first === "doctor") await diagnose(rest);
else if (first === "load") await load(rest);
else await serve();
