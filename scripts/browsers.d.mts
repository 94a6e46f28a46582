export interface BrowserLaunch {
  readonly executablePath: string;
  readonly args?: string[];
  readonly channel?: string;
}
export type BrowserName = "chromium" | "firefox";

export function systemBrowsers(): Record<BrowserName, BrowserLaunch | undefined>;
export function playwrightBrowsers(): Promise<Record<BrowserName, BrowserLaunch | undefined>>;
export function browsers(): Promise<Record<BrowserName, BrowserLaunch>>;
