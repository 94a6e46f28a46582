/**
 * An exception in an app's listener is the app's: it shows up where uncaught errors do, and the
 * room goes on.
 */
export function callSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
