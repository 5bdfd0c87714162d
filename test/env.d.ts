declare namespace Cloudflare {
  interface Env {
    /** Three a minute. */
    TEST_RATE: RateLimit;
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
