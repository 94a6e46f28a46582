import { expect, test } from "vitest";
import { lineLog } from "./log.ts";
import { pinoLog } from "./pino-log.ts";
import { TestClient, urlOf, withServer } from "./test-client.ts";

test("records as lines, each in one, whatever is in it", () => {
  const lines: string[] = [];
  const log = lineLog((line) => lines.push(line));
  log.debug({ a: 1 }, "not told");
  log.info({ url: "http://127.0.0.1:1", n: 3, odd: 'a "b"\nc', none: undefined }, "hello");
  log.warn({}, "careful");
  expect(lines).toEqual([
    'skein-server: hello url=http://127.0.0.1:1 n=3 odd="a \\"b\\"\\nc"',
    "skein-server: careful",
  ]);
});

test("secrets that got into a record by mistake stay out of the log", () => {
  let output = "";
  const write = (line: string) => {
    output += line;
  };
  for (const format of ["json", "text"] as const) {
    const log = pinoLog({ level: "info", format, write });
    log.info({ token: "t0ken", key: "k3y", secret: "s3cret", peer: "ada" }, "joined");
    log.debug({}, "not told");
  }
  expect(output).toContain("ada");
  for (const secret of ["t0ken", "k3y", "s3cret", "not told"]) expect(output).not.toContain(secret);
});

test.each([
  [false, undefined],
  [true, "127.0.0.1"],
])("addresses of clients are named only when asked for (%s)", async (logAddresses, address) => {
  const records: object[] = [];
  const keep = (fields: object, message: string) => records.push({ ...fields, message });
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const origins = ["https://app.example.com"];
  await withServer({ logger, logAddresses, origins }, async (server) => {
    const client = new TestClient(urlOf(server));
    await client.welcome();
    const evil = new TestClient(urlOf(server), {}, { headers: { origin: "https://evil.example" } });
    await evil.until(() => evil.heard.find(({ name }) => name === "connect_error"));
  });
  const of = (message: string) =>
    records.find((each) => (each as { message: string }).message === message);
  expect(of("admitted a client")).toEqual({
    message: "admitted a client",
    peer: expect.any(String),
    ...(address && { address }),
  });
  expect(of("refused a page of an origin that is not allowed")).toMatchObject({
    origin: "https://evil.example",
    ...(address && { address }),
  });
  if (address === undefined) {
    const elsewhere = JSON.stringify(
      records.filter((each) => !("message" in each && `${each.message}`.startsWith("listening"))),
    );
    expect(elsewhere).not.toContain("127.0.0.1");
  }
});
