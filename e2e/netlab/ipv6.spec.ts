import { numbers, ports, publicAddress } from "./addresses.ts";
import { Coturn, turnCredentials } from "./coturn.ts";
import { LONG_TTL_SECONDS } from "./drivers.ts";
import { Lab } from "./lab.ts";
import { expect, test } from "./labTest.ts";
import { reachesTcp, stunMappings } from "./probe.ts";
import { skipWithoutLab } from "./requirements.ts";
import { turnPermissions } from "./turnClient.ts";

skipWithoutLab();

test("coturn on IPv6 relays to the internet and to itself, and nowhere else", async () => {
  const lab = await Lab.create({ a: { network: "cone" } }, 6);
  try {
    await Coturn.start(lab);
    const host = lab.host("a");
    const turn = publicAddress(6, numbers.turn);
    const [mapping] = await stunMappings(host, [turn], ports.turn);
    expect(mapping?.port).toBeGreaterThan(0);
    expect(await reachesTcp(host, turn, ports.turn)).toBe(true);
    const allowed = [turn, host.publicAddress, "2606:4700:4700::1111"];
    const denied = [
      ...["::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
      ...["64:ff9b::7f00:1", "64:ff9b:1::a00:1", "100::1", "2001::1", "2002:7f00:1::1"],
      ...["3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"],
    ];
    const credentials = turnCredentials(LONG_TTL_SECONDS);
    const answers = await turnPermissions(lab, host, credentials, [...allowed, ...denied]);
    expect(answers).toEqual([
      ...allowed.map((peer) => ({ peer, code: 0 })),
      ...denied.map((peer) => ({ peer, code: 403 })),
    ]);
  } finally {
    await lab.close();
  }
});
