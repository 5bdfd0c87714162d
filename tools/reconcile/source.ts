/** A page of the existing users, and where the next one begins; null: nowhere. */
export type UsersPage = { users: string[]; next: string | null };

/** How far the reading of the users is. Another process can go on from there. */
export type Place = {
  /** Where the next page begins; null: there is none. */
  next: string | null;
  /** Users that came from the pages and are not done. */
  waiting: string[];
  /** All users that were ever met. Only set if users are found on the way. */
  met?: string[];
};

export type Source = {
  /** The next user. Undefined if there is none now, though one may come later. */
  next(): Promise<string | undefined>;
  /** Adds users to read. */
  found(users: readonly string[]): void;
  done(user: string): void;
  hasNext(): boolean;
  place(): Place;
};

/** The users to read: those of the pages and, if it looks for more, those found on the way. */
export function createSource(
  pageAt: (next: string) => Promise<UsersPage>,
  { finds, place }: { finds: boolean; place: Place },
): Source {
  let { next } = place;
  /** In the order of reading. It also holds the users that are under way. */
  const waiting = new Set(place.waiting);
  const queue = [...place.waiting];
  const met = new Set(place.met);
  const meet = (users: readonly string[]) => {
    for (const user of users) {
      if (finds && met.has(user)) continue;
      if (finds) met.add(user);
      if (waiting.has(user)) continue;
      waiting.add(user);
      queue.push(user);
    }
  };
  return {
    async next() {
      while (queue.length === 0 && next !== null) {
        const page = await pageAt(next);
        next = page.next;
        meet(page.users);
      }
      return queue.shift();
    },
    found(users) {
      if (finds) meet(users);
    },
    done(user) {
      waiting.delete(user);
    },
    hasNext: () => queue.length > 0 || next !== null,
    place: () => ({ next, waiting: [...waiting], ...(finds && { met: [...met] }) }),
  };
}

/** Where a reading begins. */
export const BEGINNING: Place = { next: "", waiting: [] };

/** How many users of a file wait at once. */
const PAGE_USERS = 1_000;

/** The pages of users that are already known. */
export function pagesOf(users: readonly string[]): (next: string) => Promise<UsersPage> {
  return async (next) => {
    const end = Number(next) + PAGE_USERS;
    return {
      users: users.slice(Number(next), end),
      next: end < users.length ? String(end) : null,
    };
  };
}

/**
 * A random sample of so many users of all pages. Each user has the same chance.
 *
 * @param chance from 0 to below 1
 */
export async function sampleOf(
  pageAt: (next: string) => Promise<UsersPage>,
  size: number,
  chance: () => number = Math.random,
): Promise<string[]> {
  const sample: string[] = [];
  let seen = 0;
  for (let next: string | null = ""; next !== null; ) {
    const page: UsersPage = await pageAt(next);
    for (const user of page.users) {
      seen += 1;
      const place = sample.length < size ? sample.length : Math.floor(chance() * seen);
      if (place < size) sample[place] = user;
    }
    next = page.next;
  }
  return sample;
}
