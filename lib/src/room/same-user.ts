/** What {@link sameUser} looks at: peers, whatever the app's types. */
interface WithUser {
  readonly user: object | null;
}

/**
 * Whether two peers are one signed-in user, in two tabs or on two devices, by the `id` that the server
 * vouches for. False for peers without a user: on an open server nobody knows who is who.
 */
export function sameUser(a: WithUser, b: WithUser): boolean {
  const [one, other] = [a, b].map(({ user }) => user as { readonly id?: unknown } | null);
  return one?.id !== undefined && one.id === other?.id;
}
