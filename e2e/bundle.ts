import { build, type InlineConfig, type Rolldown } from "vite";
import { keepingNodeEnv } from "./node-env.ts";

/** What Vite builds, in memory: the files of all its bundles. */
export async function bundle({
  build: options,
  ...config
}: InlineConfig): Promise<readonly Output[]> {
  const result = await keepingNodeEnv(() =>
    build({ logLevel: "error", ...config, build: { ...options, write: false } }),
  );
  return [result].flat().flatMap((each) => ("output" in each ? each.output : []));
}

/** The code of a bundle that is one script. */
export async function bundleOne(config: InlineConfig): Promise<string> {
  const codes = (await bundle(config)).flatMap((file) => (file.type === "chunk" ? file.code : []));
  const [code] = codes;
  if (code === undefined || codes.length > 1) throw new Error(`${codes.length} scripts, not one.`);
  return code;
}

type Output = Rolldown.OutputChunk | Rolldown.OutputAsset;
