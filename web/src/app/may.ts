import { useHere } from "./session.tsx";

/** Asks what whoever is signed in may do. The server decides; the page only leaves out what would be refused. */
export function useMay(): (permission: string, whole?: boolean) => boolean {
  const { user } = useHere().session;
  return (permission, whole) => user.permissions.includes(permission) && (!whole || user.sees_all);
}
