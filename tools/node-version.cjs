// Says what is wrong before an old Node stops at the first TypeScript. `npm ci` brings a Node where one is
// built for the system; on another one, or without optional packages, the scripts run on the system's.
// CommonJS for `node -r`, and nothing that Node 12 could not parse. wrangler refuses less than 22 as well.
if (!process.features.typescript) {
  const { arch, platform, versions } = process;
  console.error(
    `friendgate needs Node.js 22.18 or later: this is ${versions.node}, and \`npm ci\` brought none for ${platform}-${arch}.`,
  );
  process.exit(1);
}
// A tool starts in half the time where it need not compile its packages and strip its types again.
const cache = require("node:path").join(__dirname, "../node_modules/.cache/compile");
require("node:module").enableCompileCache(cache);
