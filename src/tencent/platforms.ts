/**
 * Every OptPlatform that a page or a request has shown, their spelling mistake included. There may be
 * more: a callback is never refused because of one.
 * https://cloud.tencent.com/document/product/269/1522
 */
export const PLATFORMS = [
  "RESTAPI",
  "Web",
  "Android",
  "iOS",
  "Windows",
  "Mac",
  "macOS",
  "iPad",
  "Unknown",
  "Unkown",
] as const;
