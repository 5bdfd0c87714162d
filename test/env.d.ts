declare namespace Cloudflare {
  interface Env {
    /** Three a minute. */
    TEST_RATE: RateLimit;
    TEST_DB_2: D1Database;
    TEST_DB_3: D1Database;
    TEST_DB_4: D1Database;
    TEST_DB_5: D1Database;
    TEST_DB_6: D1Database;
    TEST_DB_7: D1Database;
    TEST_DB_8: D1Database;
    TEST_DB_RECORDS: D1Database;
    /** Which seeds the fault harness plays with: 0, and further ones in `npm run test:faults`. */
    TEST_FAULTS_ROUND: string;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

interface ImportMeta {
  /** The files that match, by path, as the options say: https://vite.dev/guide/features#glob-import */
  glob<T>(
    pattern: string,
    options: { query: string; import: string; eager: true },
  ): Record<string, T>;
}
