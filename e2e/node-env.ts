/**
 * Runs what Vite begins with (`build`, `preview`, `createServer`) and leaves the process as it was.
 * Vite sets `NODE_ENV` where nothing has, and goes by it afterwards: a dev server would have no Fast
 * Refresh after a build, and a build none of production after a dev server.
 */
export async function keepingNodeEnv<T>(begin: () => Promise<T>): Promise<T> {
  const { NODE_ENV } = process.env;
  try {
    return await begin();
  } finally {
    if (NODE_ENV === undefined) Reflect.deleteProperty(process.env, "NODE_ENV");
    else Object.assign(process.env, { NODE_ENV });
  }
}
