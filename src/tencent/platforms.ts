/**
 * Every OptPlatform that a page or a request has shown, including Tencent's spelling mistake. There may be
 * more, so a callback is never refused because of its platform.
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
