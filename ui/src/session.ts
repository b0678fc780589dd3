// Who is signed in, and what they may do.
import { signal } from "@preact/signals";

import { at, call, get, signInAgain } from "./api/client";
import type { Caller, Role } from "./api/types";

export const caller = signal<Caller | null>(null);

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

export const may = (role: Role): boolean => caller.value !== null && rank[caller.value.role] >= rank[role];

export async function readCaller(): Promise<void> {
  try {
    caller.value = await get(at("/api/v1/session"));
  } catch {
    signInAgain();
  }
}

export async function signOut(): Promise<void> {
  await call("DELETE", at("/api/v1/session")).catch(() => undefined);
  caller.value = null;
  sessionStorage.clear();
  // All but the theme, which says nothing of anybody.
  for (const key of Object.keys(localStorage)) if (key !== "theme") localStorage.removeItem(key);
  // A new document: nothing of the session stays in memory or comes back with the Back button.
  location.replace("/sign-in");
}
