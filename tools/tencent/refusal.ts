/** What to check if a signed callback gets this status. Undefined for 200. */
export function whatToCheck(status: number): string | undefined {
  switch (status) {
    case 200:
      return undefined;
    case 401:
      return (
        "check that CALLBACK_TOKEN is the deployment's, and that this clock is right: npm run doctor tells; " +
        "`npx wrangler secret put CALLBACK_TOKEN` sets the Worker's"
      );
    case 403:
      return "check the SDKAppID (--app-id) against SDK_APP_ID under [vars] in friendgate.toml";
    case 404:
      return "check the path of --url against CALLBACK_PATH";
    default:
      return "`npx wrangler tail`, or the terminal of `npm start`, shows why";
  }
}
