/** The inspector's colours. Text and lines have at least 4.5:1 on both grounds of their scheme. */
export interface Palette {
  readonly ground: string;
  readonly raised: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly focus: string;
  readonly direct: string;
  readonly relay: string;
  readonly server: string;
  readonly trying: string;
  readonly broken: string;
  readonly wash: string;
}

export const LIGHT: Palette = {
  ground: "#f9fbfb",
  raised: "#eef3f5",
  ink: "#14262e",
  soft: "#4d6069",
  line: "#c8d4d9",
  focus: "#b8440a",
  direct: "#04734f",
  relay: "#8a5a00",
  server: "#3a5f9e",
  trying: "#5b6b73",
  broken: "#c0221a",
  wash: "#fdebe8",
};

export const DARK: Palette = {
  ground: "#101e24",
  raised: "#182931",
  ink: "#e4edef",
  soft: "#9db0b8",
  line: "#2b414a",
  focus: "#ff8a3d",
  direct: "#5fd3a4",
  relay: "#f0bd5b",
  server: "#9bbcf5",
  trying: "#9db0b8",
  broken: "#ff7d70",
  wash: "#3a1f20",
};

export const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ");
